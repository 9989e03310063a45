/*---
title  = "Delay from the due instant to the start, by server and hour"
grain  = "one row per run matched to an expected run; after the steps one per server and hour"
says   = "first start - due instant, signed; late = more than 15 minutes after the due instant"
needs  = ["expected_runs", "job_runs"]

[columns]
server   = { type = "text",  says = "mover, else source" }
hour     = { type = "int64", says = "hour of the due instant, UTC, 0 to 23" }
delay_us = { type = "int64", says = "start - due; early starts are negative" }

[[steps]]
step  = "quantiles"
group = ["server", "hour"]
value = "delay_us"
over  = 900

[[steps]]
step   = "proportion"
k      = "over_n"
n      = "n"
prefix = "late"
---*/
select
    coalesce(c.media_server, c.source_id)       as server,
    cast(extract(hour from e.due_at) as bigint) as hour,
    micros_between(e.due_at, c.started_at)      as delay_us
from {{ ref('expected_outcomes') }} as e
join {{ ref('chained_runs') }} as c on e.run_source_id = c.source_id and e.head_run_id = c.run_id
where e.due_at >= {{ var('from') }} and e.due_at < {{ var('to') }} and c.started_at is not null
  and c.coverage = 'attempts'
order by server nulls last, hour nulls last, delay_us nulls last
