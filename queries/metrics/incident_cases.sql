/*---
title  = "Incidents of the period"
grain  = "one row per incident detected in the period"
says   = "every incident with its instants; open ones have no resolution"
checks = ["unique(incident_id)"]
needs  = ["incidents"]

[columns]
incident_id = { type = "text",  says = "incident" }
number      = { type = "text",  says = "number that people use" }
system_id   = { type = "text",  says = "system" }
severity    = { type = "text",  says = "severity" }
detected_at = { type = "time",  says = "when it was detected" }
acknowledged_at = { type = "time", says = "first acknowledgement" }
resolved_at = { type = "time",  says = "resolution; null = open" }
resolve_us  = { type = "int64", says = "to the resolution; null = open" }
open_us     = { type = "int64", says = "open so far; null = resolved" }
change_id   = { type = "text",  says = "linked change" }
---*/
select
    incident_id, number, system_id, severity, detected_at, acknowledged_at, resolved_at,
    case when is_resolved then resolve_us end       as resolve_us,
    case when not is_resolved then resolve_us end   as open_us,
    change_id
from {{ ref('incident_times') }}
where (detected_at >= {{ var('from') }} and detected_at < {{ var('to') }})
   or (detected_at < {{ var('from') }} and not is_resolved)
order by detected_at nulls last, incident_id nulls last
