/*---
title  = "Six success rates under three warning policies"
grain  = "one row per tier (and `all`), rate and policy"
says   = "S1 attempts, S2 runs after retries, S3 first attempts, S4 system-days, S5 expected runs, S6 bytes"
checks = ["unique(tier, rate, policy)", "k <= n"]
needs  = ["job_runs"]

[columns]
tier   = { type = "text",  says = "tier of the system; `all` = total" }
rate   = { type = "text",  says = "attempt, final, first_attempt, system_day, expected_run, bytes" }
policy = { type = "text",  says = "how warnings count: strict, vendor, lenient" }
k      = { type = "int64", says = "numerator" }
n      = { type = "int64", says = "denominator" }
unmapped_count = { type = "int64", says = "of n, decided by a status word that is not known" }
imputed_bytes  = { type = "int64", says = "bytes in n that are the median of earlier ok runs" }
unsized_count  = { type = "int64", says = "expected runs left out of n because nothing tells their bytes" }
target_ratio   = { type = "float", says = "target; bytes have none, because they are no independent trials" }

[[steps]]
step     = "proportion"
k        = "k"
n        = "n"
target   = ">= target_ratio"
unmapped = "unmapped_count"
---*/
with runs as (
    -- a list of survivors has no failures to count
    select *
    from {{ ref('backup_runs') }}
    where coverage = 'attempts' and anchor_at >= {{ var('from') }} and anchor_at < {{ var('to') }}
),
expected as (
    select * from {{ ref('expected_sizes') }}
    where due_at >= {{ var('from') }} and due_at < {{ var('to') }}
),
days as (
    select * from {{ ref('protected_days') }}
    where first_due_at >= {{ var('from') }} and first_due_at < {{ var('to') }}
),
by_tier as (
{% for policy in ['strict', 'vendor', 'lenient'] %}
    select tier, 'attempt' as rate, '{{ policy }}' as policy, sum(ok_attempt_{{ policy }}_count) as k,
           sum(attempt_count) as n, sum(unmapped_count) as unmapped_count,
           cast(0 as bigint) as imputed_bytes, cast(0 as bigint) as unsized_count
    from runs group by tier
    union all
    select tier, 'final' as rate, '{{ policy }}' as policy,
           sum(case when ok_{{ policy }}_at is not null then 1 else 0 end) as k,
           count(*) as n, sum(case when unmapped_count > 0 then 1 else 0 end) as unmapped_count,
           cast(0 as bigint) as imputed_bytes, cast(0 as bigint) as unsized_count
    from runs group by tier
    union all
    select tier, 'first_attempt' as rate, '{{ policy }}' as policy, sum(first_{{ policy }}_count) as k,
           count(*) as n, sum(case when unmapped_count > 0 then 1 else 0 end) as unmapped_count,
           cast(0 as bigint) as imputed_bytes, cast(0 as bigint) as unsized_count
    from runs group by tier
    union all
    select tier, 'system_day' as rate, '{{ policy }}' as policy, sum({{ policy }}_count) as k,
           count(*) as n, sum(unmapped_count) as unmapped_count,
           cast(0 as bigint) as imputed_bytes, cast(0 as bigint) as unsized_count
    from days group by tier
    union all
    select tier, 'expected_run' as rate, '{{ policy }}' as policy, sum({{ policy }}_count) as k,
           count(*) as n, sum(unmapped_count) as unmapped_count,
           cast(0 as bigint) as imputed_bytes, cast(0 as bigint) as unsized_count
    from expected group by tier
    union all
    select tier, 'bytes' as rate, '{{ policy }}' as policy,
           sum(case when {{ policy }}_count = 1 then coalesce(size_bytes, 0) else 0 end) as k,
           sum(coalesce(size_bytes, 0)) as n,
           sum(case when unmapped_count > 0 then coalesce(size_bytes, 0) else 0 end) as unmapped_count,
           sum(case when is_imputed then size_bytes else 0 end) as imputed_bytes,
           sum(case when size_bytes is null then 1 else 0 end) as unsized_count
    from expected group by tier
    {% if not loop.last %}union all{% endif %}
{% endfor %}
),
with_total as (
    select tier, rate, policy, k, n, unmapped_count, imputed_bytes, unsized_count from by_tier
    union all
    select 'all' as tier, rate, policy, sum(k) as k, sum(n) as n, sum(unmapped_count) as unmapped_count,
           sum(imputed_bytes) as imputed_bytes, sum(unsized_count) as unsized_count
    from by_tier
    group by rate, policy
)
select tier, rate, policy, k, n, unmapped_count, imputed_bytes, unsized_count,
       case when rate <> 'bytes' then cast(0.995 as double) end as target_ratio
from with_total
order by tier nulls last, rate nulls last, policy nulls last
