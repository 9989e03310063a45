/*---
title  = "Incidents with what linking them needs"
grain  = "one row per incident"
says   = "as loaded, with the system resolved by name, else by configuration item"
checks = ["unique(source_id, incident_id)"]

[columns]
source_id   = { type = "text", says = "source" }
incident_id = { type = "text", says = "incident" }
system_id   = { type = "text", says = "system; null when no list knows the name" }
detected_at = { type = "time", says = "when it was detected" }
reported_fault_at = { type = "time", says = "fault as people recorded it" }
run_id      = { type = "text", says = "recorded run" }
change_id   = { type = "text", says = "recorded change" }
alert_id    = { type = "text", says = "recorded alert" }
---*/
select
    i.source_id as source_id, i.incident_id as incident_id,
    coalesce(n.system_id, c.system_id) as system_id,
    i.detected_at as detected_at, i.reported_fault_at as reported_fault_at,
    i.run_id as run_id, i.change_id as change_id, i.alert_id as alert_id
from {{ ref('incidents') }} as i
left join {{ ref('system_names') }} as n on i.system_ref = n.name
left join {{ ref('system_names') }} as c on i.ci = c.name
where i.detected_at < {{ var('as_of') }}
