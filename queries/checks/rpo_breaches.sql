/*---
title  = "Times without a recovery point young enough"
grain  = "one row per stretch over the objective that touches the period"
says   = "from the data of the newest usable point (the begin of service before the first) to the usability of a newer one, the end of service or as_of: longer than the RPO, and no exception in force covers it"
needs  = ["systems", "job_runs"]
population = "systems_in_scope"

[columns]
system_id = { type = "text",  says = "system" }
tier      = { type = "text",  says = "tier" }
rpo_s     = { type = "int64", says = "objective, seconds" }
from_at   = { type = "time",  says = "data of the newest usable point; begin of service before the first" }
to_at     = { type = "time",  says = "usability of the next newer point; end of service or as_of when none came" }
worst_us  = { type = "int64", says = "exposure at the end of the stretch" }
---*/
with points as (
    select system_id, tier, rpo_s, as_of_at, usable_at, in_service_to
    from {{ ref('exposure_points') }}
    where as_of_at is not null
    union all
    -- the time before the first point
    select distinct system_id, tier, rpo_s, in_service_from as as_of_at, in_service_from as usable_at, in_service_to
    from {{ ref('exposure_points') }}
    where in_service_from is not null
),
numbered as (
    select
        points.*,
        row_number() over (partition by system_id order by usable_at nulls first, as_of_at nulls first) as no
    from points
),
ordered as (
    -- older data that land later never make the newest older
    select
        system_id, tier, rpo_s, in_service_to,
        max(as_of_at) over (
            partition by system_id order by usable_at nulls first, no nulls first
            rows between unbounded preceding and current row
        ) as newest_at,
        lead(usable_at, 1) over (partition by system_id order by usable_at nulls first, no nulls first) as next_at
    from numbered
),
ended as (
    -- what becomes usable after the retirement ends nothing
    select system_id, tier, rpo_s, newest_at,
           case when in_service_to < coalesce(next_at, {{ var('as_of') }}) then in_service_to
                else coalesce(next_at, {{ var('as_of') }}) end as to_at
    from ordered
),
stretches as (
    select system_id, min(tier) as tier, min(rpo_s) as rpo_s, newest_at as from_at, max(to_at) as to_at
    from ended
    group by system_id, newest_at
),
breaches as (
    select system_id, tier, rpo_s, from_at, to_at, micros_between(from_at, to_at) as worst_us,
           add_micros(from_at, rpo_s * 1000000) as over_at
    from stretches
),
excepted as (
    select system_id, max(exception_until) as exception_until
    from {{ ref('policies') }}
    where exception_until is not null and valid_from <= {{ var('as_of') }}
      and (valid_to is null or valid_to > {{ var('as_of') }})
    group by system_id
)
select b.system_id as system_id, b.tier as tier, b.rpo_s as rpo_s, b.from_at as from_at, b.to_at as to_at,
       b.worst_us as worst_us
from breaches as b
left join excepted as e on b.system_id = e.system_id
where b.worst_us > b.rpo_s * 1000000 and b.to_at > {{ var('from') }} and b.over_at < {{ var('to') }}
  and (e.exception_until is null or e.exception_until < b.to_at)
order by worst_us desc nulls last, system_id nulls last, from_at nulls last
