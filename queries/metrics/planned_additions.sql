/*---
title  = "Planned growth and additions of capacity"
grain  = "one row per plan that is not over at the newest sample of its pool"
says   = "growth_plans with the pool's name; a plan that is over is in the measured use already"
checks = ["unique(plan_id)"]
needs  = ["growth_plans"]

[columns]
plan_id       = { type = "text",  says = "plan" }
pool          = { type = "text",  says = "pool as in storage_use, else the word of the list, else `not assigned`; what names no pool or two is in no forecast" }
system_id     = { type = "text",  says = "system that grows" }
kind          = { type = "text",  says = "step or ramp" }
starts_at     = { type = "time",  says = "first instant" }
bytes         = { type = "int64", says = "added; negative = removed" }
adds_capacity = { type = "bool",  says = "adds capacity instead of use" }
ramp_s        = { type = "float64", says = "length of a ramp in seconds; 0 for a step" }
probability_share = { type = "float64", says = "probability, 0..1; 1 when not given" }
owner_group   = { type = "text",  says = "who plans it" }
note          = { type = "text",  says = "reason" }
---*/
with plans as (
    select growth_plans.*, case when kind = 'ramp' then coalesce(ramp_s, 0.0) else 0.0 end as length_s
    from {{ ref('growth_plans') }} as growth_plans
)
select
    g.plan_id                                       as plan_id,
    coalesce(p.pool, g.pool_id, 'not assigned')     as pool,
    g.system_id                                     as system_id,
    g.kind                                          as kind,
    g.starts_at                                     as starts_at,
    g.bytes                                         as bytes,
    coalesce(g.adds_capacity, false)                as adds_capacity,
    g.length_s                                      as ramp_s,
    coalesce(g.probability_share, 1.0)              as probability_share,
    g.owner_group                                   as owner_group,
    g.note                                          as note
from plans as g
left join {{ ref('pool_names') }} as p on g.pool_id = p.word
where add_micros(g.starts_at, micros(g.length_s)) > coalesce(p.last_at, {{ var('as_of') }})
order by starts_at nulls last, plan_id nulls last
