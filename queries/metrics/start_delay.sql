/*---
title  = "Delay from the due instant to the start, by tier"
grain  = "one row per run matched to an expected run, under its tier and under `all`; after the steps one per tier"
says   = "first start - due instant, signed; late = more than 15 minutes after the due instant"
needs  = ["expected_runs", "job_runs"]

[columns]
tier     = { type = "text",  says = "tier of the system; `all` = total" }
delay_us = { type = "int64", says = "start - due; early starts are negative" }

[[steps]]
step  = "quantiles"
group = ["tier"]
value = "delay_us"
over  = 900

[[steps]]
step   = "proportion"
k      = "over_n"
n      = "n"
prefix = "late"
---*/
with starts as (
    select e.tier as tier, micros_between(e.due_at, c.started_at) as delay_us
    from {{ ref('expected_outcomes') }} as e
    join {{ ref('chained_runs') }} as c on e.run_source_id = c.source_id and e.head_run_id = c.run_id
    where e.due_at >= {{ var('from') }} and e.due_at < {{ var('to') }} and c.started_at is not null
      and c.coverage = 'attempts'
),
with_total as (
    select tier, delay_us from starts
    union all
    select 'all' as tier, delay_us from starts
)
select tier, delay_us
from with_total
order by tier nulls last, delay_us nulls last
