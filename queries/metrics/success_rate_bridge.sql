/*---
title  = "From attempts to expected runs, step by step"
grain  = "one row per warning policy with the counts of every state"
says   = "why one source of data gives six rates: the terms add up to the difference exactly"
checks = ["unique(policy)"]
needs  = ["job_runs", "expected_runs"]

[columns]
policy = { type = "text",  says = "how warnings count" }
s1_k   = { type = "int64", says = "ok attempts" }
s1_n   = { type = "int64", says = "attempts" }
s3_k   = { type = "int64", says = "runs ok at the first attempt" }
s2_k   = { type = "int64", says = "runs ok after retries" }
s2_n   = { type = "int64", says = "runs" }
matched_k = { type = "int64", says = "ok runs that a policy asked for" }
matched_n = { type = "int64", says = "runs that a policy asked for" }
timely_k  = { type = "int64", says = "of these, ok by the deadline" }
s5_n   = { type = "int64", says = "expected runs" }

[[steps]]
step  = "bridge"
group = ["policy"]
states = [
  { name = "attempts",          k = "s1_k",      n = "s1_n" },
  { name = "first attempts",    k = "s3_k",      n = "s2_n", why = "later attempts dropped" },
  { name = "runs",              k = "s2_k",      n = "s2_n", why = "recovered by a retry" },
  { name = "scheduled runs",    k = "matched_k", n = "matched_n", why = "runs that no policy asked for dropped" },
  { name = "by the deadline",   k = "timely_k",  n = "matched_n", why = "late runs count as not fulfilled" },
  { name = "expected runs",     k = "timely_k",  n = "s5_n", why = "expected runs that never started added" },
]
---*/
with runs as (
    select * from {{ ref('backup_runs') }}
    where coverage = 'attempts' and anchor_at >= {{ var('from') }} and anchor_at < {{ var('to') }}
),
expected as (
    select * from {{ ref('expected_outcomes') }}
    where due_at >= {{ var('from') }} and due_at < {{ var('to') }}
      and coalesce(coverage, 'attempts') = 'attempts'
),
{% for policy in ['strict', 'vendor', 'lenient'] %}
runs_{{ policy }} as (
    select '{{ policy }}' as policy, sum(ok_attempt_{{ policy }}_count) as s1_k, sum(attempt_count) as s1_n,
           sum(first_{{ policy }}_count) as s3_k,
           sum(case when ok_{{ policy }}_at is not null then 1 else 0 end) as s2_k, count(*) as s2_n
    from runs
),
expected_{{ policy }} as (
    select '{{ policy }}' as policy,
           sum({{ policy }}_count + late_{{ policy }}_count) as matched_k,
           sum(case when head_run_id is not null then 1 else 0 end) as matched_n,
           sum({{ policy }}_count) as timely_k, count(*) as s5_n
    from expected
),
{% endfor %}
joined as (
{% for policy in ['strict', 'vendor', 'lenient'] %}
    select r.policy as policy, r.s1_k as s1_k, r.s1_n as s1_n, r.s3_k as s3_k, r.s2_k as s2_k, r.s2_n as s2_n,
           e.matched_k as matched_k, e.matched_n as matched_n, e.timely_k as timely_k, e.s5_n as s5_n
    from runs_{{ policy }} as r join expected_{{ policy }} as e on r.policy = e.policy
    {% if not loop.last %}union all{% endif %}
{% endfor %}
)
select policy, s1_k, s1_n, s3_k, s2_k, s2_n, matched_k, matched_n, timely_k, s5_n
from joined
order by policy nulls last
