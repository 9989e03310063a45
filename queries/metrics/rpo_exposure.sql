/*---
title  = "Recovery point exposure"
grain  = "one row per system and recovery point; after the step one per system"
says   = "how much would have been lost, integrated over the period against the objective; a retired system counts until its retirement"
needs  = ["systems", "job_runs"]

[columns]
system_id = { type = "text",  says = "system" }
tier      = { type = "text",  says = "tier" }
rpo_s     = { type = "int64", says = "objective, seconds" }
in_service_from = { type = "time", says = "first instant in service" }
in_service_to = { type = "time", says = "first instant out of service" }
as_of_at  = { type = "time",  says = "instant whose data the point holds" }
usable_at = { type = "time",  says = "earliest instant of a restore" }
until_at  = { type = "time",  says = "expired or deleted" }

[[steps]]
step            = "exposure"
group           = ["system_id", "tier", "rpo_s"]
as_of           = "as_of_at"
usable_at       = "usable_at"
usable_until    = "until_at"
in_service_from = "in_service_from"
in_service_to   = "in_service_to"
rpo_s           = "rpo_s"
---*/
select system_id, tier, rpo_s, in_service_from, in_service_to, as_of_at, usable_at, until_at
from {{ ref('exposure_points') }}
order by system_id nulls last, as_of_at nulls last, usable_at nulls last, until_at nulls last
