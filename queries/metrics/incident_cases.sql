/*---
title  = "Incidents of the period"
grain  = "one row per incident detected in the period"
says   = "every incident with its instants; open ones have no resolution"
checks = ["unique(source_id, incident_id)"]
needs  = ["incidents"]

[columns]
source_id   = { type = "text",  says = "source" }
incident_id = { type = "text",  says = "incident" }
number      = { type = "text",  says = "number that people use" }
system_id   = { type = "text",  says = "system" }
severity    = { type = "text",  says = "severity" }
detected_at = { type = "time",  says = "when it was detected" }
acknowledged_at = { type = "time", says = "first acknowledgement" }
resolved_at = { type = "time",  says = "resolution; null = open" }
resolve_us  = { type = "int64", says = "to the resolution; null = open" }
resolve_s   = { type = "float", says = "the same in seconds" }
open_us     = { type = "int64", says = "open so far; null = resolved" }
change_id   = { type = "text",  says = "linked change" }
---*/
select
    source_id, incident_id, number, system_id, severity, detected_at, acknowledged_at, resolved_at,
    case when is_resolved then resolve_us end       as resolve_us,
    case when is_resolved then cast(resolve_us as double) / cast(1000000 as double) end as resolve_s,
    case when not is_resolved then resolve_us end   as open_us,
    change_id
from {{ ref('incident_times') }}
where detected_at >= {{ var('from') }} and detected_at < {{ var('to') }}
order by detected_at nulls last, incident_id nulls last, source_id nulls last
