/*---
title  = "Gaps between recovery points longer than the objective"
grain  = "one row per gap that touches the period"
says   = "time from the data of one usable point to the usability of the next (or as_of) > RPO"
needs  = ["systems", "job_runs"]
population = "systems_in_scope"

[columns]
system_id = { type = "text",  says = "system" }
tier      = { type = "text",  says = "tier" }
rpo_s     = { type = "int64", says = "objective, seconds" }
from_at   = { type = "time",  says = "data of the last point before the gap" }
to_at     = { type = "time",  says = "usability of the next point; as_of when none came" }
worst_us  = { type = "int64", says = "exposure at the end of the gap" }
---*/
with ordered as (
    select
        system_id, tier, rpo_s, as_of_at, usable_at,
        lead(usable_at, 1) over (partition by system_id order by usable_at nulls first, as_of_at nulls first) as next_usable_at
    from {{ ref('exposure_points') }}
    where as_of_at is not null
),
gaps as (
    select system_id, tier, rpo_s, as_of_at as from_at,
           coalesce(next_usable_at, {{ var('as_of') }}) as to_at,
           micros_between(as_of_at, coalesce(next_usable_at, {{ var('as_of') }})) as worst_us
    from ordered
)
select system_id, tier, rpo_s, from_at, to_at, worst_us
from gaps
where worst_us > rpo_s * 1000000 and to_at > {{ var('from') }} and from_at < {{ var('to') }}
order by worst_us desc nulls last, system_id nulls last, from_at nulls last
