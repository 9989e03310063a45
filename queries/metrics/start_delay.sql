/*---
title  = "Delay from the due instant to the start"
grain  = "one row per run matched to an expected run; after the step one per server"
says   = "first start - due instant, signed"
needs  = ["expected_runs", "job_runs"]

[columns]
server   = { type = "text",  says = "mover, else source" }
delay_us = { type = "int64", says = "start - due; early starts are negative" }

[[steps]]
step  = "quantiles"
group = ["server"]
value = "delay_us"
---*/
select
    coalesce(c.media_server, c.source_id)       as server,
    micros_between(e.due_at, c.started_at)      as delay_us
from {{ ref('expected_outcomes') }} as e
join {{ ref('chained_runs') }} as c on e.run_source_id = c.source_id and e.head_run_id = c.run_id
where e.due_at >= {{ var('from') }} and e.due_at < {{ var('to') }} and c.started_at is not null
  and c.coverage = 'attempts'
order by server nulls last, delay_us nulls last
