/*---
title  = "From attempts to expected runs, step by step"
grain  = "one row per warning policy with the counts of every state"
says   = "why one source of data gives six rates: the terms add up to the difference exactly"
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
with policies as (
{% for policy in ['strict', 'vendor', 'lenient'] %}
    select '{{ policy }}' as policy {% if not loop.last %}union all{% endif %}
{% endfor %}
),
runs as (
    select
{% for policy in ['strict', 'vendor', 'lenient'] %}
        sum(ok_attempt_{{ policy }}_count) as s1_{{ policy }}_k,
        sum(first_{{ policy }}_count)      as s3_{{ policy }}_k,
        sum(case when ok_{{ policy }}_at is not null then 1 else 0 end) as s2_{{ policy }}_k,
{% endfor %}
        sum(attempt_count) as s1_n,
        count(*)           as s2_n
    from {{ ref('backup_runs') }}
    where coverage = 'attempts' and anchor_at >= {{ var('from') }} and anchor_at < {{ var('to') }}
),
expected as (
    select
{% for policy in ['strict', 'vendor', 'lenient'] %}
        sum({{ policy }}_count + late_{{ policy }}_count) as matched_{{ policy }}_k,
        sum({{ policy }}_count)                           as timely_{{ policy }}_k,
{% endfor %}
        sum(case when head_run_id is not null then 1 else 0 end) as matched_n,
        count(*) as s5_n
    from {{ ref('expected_outcomes') }}
    where due_at >= {{ var('from') }} and due_at < {{ var('to') }}
      and coalesce(coverage, 'attempts') = 'attempts'
)
select
    p.policy as policy,
{% for name in ['s1', 's3', 's2'] %}
    case p.policy {% for policy in ['strict', 'vendor', 'lenient'] %} when '{{ policy }}' then r.{{ name }}_{{ policy }}_k {% endfor %} end as {{ name }}_k,
{% endfor %}
{% for name in ['matched', 'timely'] %}
    case p.policy {% for policy in ['strict', 'vendor', 'lenient'] %} when '{{ policy }}' then e.{{ name }}_{{ policy }}_k {% endfor %} end as {{ name }}_k,
{% endfor %}
    r.s1_n as s1_n, r.s2_n as s2_n, e.matched_n as matched_n, e.s5_n as s5_n
from policies as p cross join runs as r cross join expected as e
order by policy nulls last
