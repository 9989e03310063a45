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
is_trials      = { type = "bool",  says = "n counts trials; bytes are none, so they have no interval and no verdict" }

[[steps]]
step     = "proportion"
k        = "k"
n        = "n"
target   = ">= 0.995"
unmapped = "unmapped_count"
is_trials = "is_trials"
---*/
with policies as (
{% for policy in ['strict', 'vendor', 'lenient'] %}
    select '{{ policy }}' as policy {% if not loop.last %}union all{% endif %}
{% endfor %}
),
run_rates as (
    select 'attempt' as rate union all select 'final' as rate union all select 'first_attempt' as rate
),
expected_rates as (
    select 'expected_run' as rate union all select 'bytes' as rate
),
scopes as (
    select false as is_total union all select true as is_total
),
runs as (
    -- a list of survivors has no failures to count
    select
        tier,
{% for policy in ['strict', 'vendor', 'lenient'] %}
        sum(ok_attempt_{{ policy }}_count)                                as attempt_{{ policy }}_count,
        sum(case when ok_{{ policy }}_at is not null then 1 else 0 end)   as final_{{ policy }}_count,
        sum(first_{{ policy }}_count)                                     as first_attempt_{{ policy }}_count,
{% endfor %}
        sum(attempt_count)                                      as attempt_count,
        count(*)                                                as run_count,
        sum(unmapped_count)                                     as unmapped_attempt_count,
        sum(case when unmapped_count > 0 then 1 else 0 end)     as unmapped_run_count
    from {{ ref('backup_runs') }}
    where coverage = 'attempts' and anchor_at >= {{ var('from') }} and anchor_at < {{ var('to') }}
    group by tier
),
expected as (
    select
        tier,
{% for policy in ['strict', 'vendor', 'lenient'] %}
        sum({{ policy }}_count)                                 as expected_run_{{ policy }}_count,
        sum(case when {{ policy }}_count = 1 then coalesce(size_bytes, 0) else 0 end) as bytes_{{ policy }}_count,
{% endfor %}
        count(*)                                                as run_count,
        sum(unmapped_count)                                     as unmapped_run_count,
        sum(coalesce(size_bytes, 0))                            as size_bytes,
        sum(case when unmapped_count > 0 then coalesce(size_bytes, 0) else 0 end) as unmapped_bytes,
        sum(case when is_imputed then size_bytes else 0 end)    as imputed_bytes,
        sum(case when size_bytes is null then 1 else 0 end)     as unsized_count
    from {{ ref('expected_sizes') }}
    where due_at >= {{ var('from') }} and due_at < {{ var('to') }}
    group by tier
),
days as (
    select
        tier,
{% for policy in ['strict', 'vendor', 'lenient'] %}
        sum({{ policy }}_count) as {{ policy }}_count,
{% endfor %}
        count(*)                as day_count,
        sum(unmapped_count)     as unmapped_day_count
    from {{ ref('protected_days') }}
    where first_due_at >= {{ var('from') }} and first_due_at < {{ var('to') }}
    group by tier
),
rates as (
    select
        r.tier as tier, x.rate as rate, p.policy as policy,
        case {% for rate in ['attempt', 'final', 'first_attempt'] %}{% for policy in ['strict', 'vendor', 'lenient'] %}
            when x.rate = '{{ rate }}' and p.policy = '{{ policy }}' then r.{{ rate }}_{{ policy }}_count
        {% endfor %}{% endfor %} end as k,
        case x.rate when 'attempt' then r.attempt_count else r.run_count end as n,
        case x.rate when 'attempt' then r.unmapped_attempt_count else r.unmapped_run_count end as unmapped_count,
        cast(0 as bigint) as imputed_bytes, cast(0 as bigint) as unsized_count
    from runs as r cross join run_rates as x cross join policies as p
    union all
    select
        e.tier as tier, x.rate as rate, p.policy as policy,
        case {% for rate in ['expected_run', 'bytes'] %}{% for policy in ['strict', 'vendor', 'lenient'] %}
            when x.rate = '{{ rate }}' and p.policy = '{{ policy }}' then e.{{ rate }}_{{ policy }}_count
        {% endfor %}{% endfor %} end as k,
        case x.rate when 'bytes' then e.size_bytes else e.run_count end as n,
        case x.rate when 'bytes' then e.unmapped_bytes else e.unmapped_run_count end as unmapped_count,
        case x.rate when 'bytes' then e.imputed_bytes else 0 end as imputed_bytes,
        case x.rate when 'bytes' then e.unsized_count else 0 end as unsized_count
    from expected as e cross join expected_rates as x cross join policies as p
    union all
    select
        d.tier as tier, 'system_day' as rate, p.policy as policy,
        case p.policy {% for policy in ['strict', 'vendor', 'lenient'] %} when '{{ policy }}' then d.{{ policy }}_count {% endfor %} end as k,
        d.day_count as n, d.unmapped_day_count as unmapped_count,
        cast(0 as bigint) as imputed_bytes, cast(0 as bigint) as unsized_count
    from days as d cross join policies as p
),
scoped as (
    select case when s.is_total then 'all' else r.tier end as tier, r.rate as rate, r.policy as policy, r.k as k,
           r.n as n, r.unmapped_count as unmapped_count, r.imputed_bytes as imputed_bytes,
           r.unsized_count as unsized_count
    from rates as r cross join scopes as s
),
summed as (
    select tier, rate, policy, sum(k) as k, sum(n) as n, sum(unmapped_count) as unmapped_count,
           sum(imputed_bytes) as imputed_bytes, sum(unsized_count) as unsized_count
    from scoped
    group by tier, rate, policy
)
select tier, rate, policy, k, n, unmapped_count, imputed_bytes, unsized_count,
       rate <> 'bytes' as is_trials
from summed
order by tier nulls last, rate nulls last, policy nulls last
