/*---
title  = "Systems whose newest recovery point is older than 150 % of the objective"
grain  = "one row per system over the limit at as_of"
says   = "time since the newest usable recovery point > 1.5 x RPO, or none ever; excepted systems are listed too"
checks = ["unique(system_id)"]
needs  = ["systems", "job_runs"]

[columns]
system_id = { type = "text",  says = "system" }
tier      = { type = "text",  says = "tier" }
rpo_s     = { type = "int64", says = "objective, seconds" }
newest_at = { type = "time",  says = "instant of the newest usable point; null = none ever" }
now_us    = { type = "int64", says = "exposure at as_of; since in_service_from without any point; null when that is not known" }
e_now_s   = { type = "float", says = "the same in seconds" }
exception_until  = { type = "time", says = "end of an approved exception" }
exception_reason = { type = "text", says = "its reason" }
---*/
with newest as (
    select
        system_id,
        min(tier)            as tier,
        min(rpo_s)           as rpo_s,
        min(in_service_from) as in_service_from,
        max(case when until_at is null or until_at > {{ var('as_of') }} then as_of_at end) as newest_at
    from {{ ref('exposure_points') }}
    where in_service_to is null or in_service_to > {{ var('as_of') }}
    group by system_id
),
excepted as (
    select system_id, max(exception_until) as exception_until, min(exception_reason) as exception_reason
    from {{ ref('policies') }}
    where exception_until >= {{ var('as_of') }} and valid_from <= {{ var('as_of') }}
      and (valid_to is null or valid_to > {{ var('as_of') }})
    group by system_id
),
exposed as (
    select n.*, e.exception_until as exception_until, e.exception_reason as exception_reason,
           micros_between(coalesce(n.newest_at, n.in_service_from), {{ var('as_of') }}) as now_us
    from newest as n
    left join excepted as e on n.system_id = e.system_id
)
select system_id, tier, rpo_s, newest_at, now_us,
       cast(now_us as double) / cast(1000000 as double) as e_now_s, exception_until, exception_reason
from exposed
where 2 * now_us > 3 * rpo_s * 1000000 or now_us is null
order by now_us desc nulls first, system_id nulls last
