/*---
title  = "Recovery points of systems with an objective"
grain  = "one row per system and recovery point; a system without any has one row"
says   = "what exposure is integrated over, for systems that were in service at some time from the begin of the period to as_of"

[columns]
system_id = { type = "text",  says = "system" }
tier      = { type = "text",  says = "tier" }
rpo_s     = { type = "int64", says = "objective, seconds" }
in_service_from = { type = "time", says = "first instant in service" }
in_service_to = { type = "time", says = "first instant out of service; null = in service" }
as_of_at  = { type = "time",  says = "instant whose data the point holds" }
usable_at = { type = "time",  says = "earliest instant of a restore" }
until_at  = { type = "time",  says = "expired, deleted or no longer listed" }
---*/
with own as (
    select system_id, min(tier) as tier, min(rpo_s) as rpo_s, min(in_service_from) as in_service_from,
           max(in_service_to) as in_service_to
    from {{ ref('system_names') }}
    where is_in_scope and rpo_s is not null
      and (in_service_to is null or in_service_to > {{ var('from') }})
      and (in_service_from is null or in_service_from < {{ var('as_of') }})
    group by system_id
)
select
    o.system_id             as system_id,
    coalesce(o.tier, 'untiered') as tier,
    cast(o.rpo_s as bigint) as rpo_s,
    o.in_service_from       as in_service_from,
    o.in_service_to         as in_service_to,
    p.as_of_at              as as_of_at,
    p.usable_at             as usable_at,
    p.until_at              as until_at
from own as o
left join {{ ref('recovery_points') }} as p on o.system_id = p.system_id
