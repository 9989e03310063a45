/*---
title  = "Systems in scope and in service"
grain  = "one row per system"
says   = "in scope at as_of and in service at some time of the period"
checks = ["unique(system_id)"]

[columns]
system_id = { type = "text",  says = "system" }
tier      = { type = "text",  says = "tier" }
environment = { type = "text", says = "environment" }
owner_group = { type = "text", says = "who answers for it" }
rpo_s     = { type = "float", says = "recovery point objective, seconds" }
rto_s     = { type = "float", says = "recovery time objective, seconds" }
---*/
select
    system_id,
    min(coalesce(tier, 'untiered')) as tier,
    min(environment)                as environment,
    min(owner_group)                as owner_group,
    min(rpo_s)                      as rpo_s,
    min(rto_s)                      as rto_s
from {{ ref('system_names') }}
where is_in_scope
  and (in_service_from is null or in_service_from < {{ var('to') }})
  and (in_service_to is null or in_service_to > {{ var('from') }})
group by system_id
