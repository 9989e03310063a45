/*---
title  = "Time to acknowledge"
grain  = "one row per incident of the period; after the step one per severity, and `all`"
says   = "first acknowledgement by a person - detected; never acknowledged is open until resolution or as_of"
needs  = ["incidents"]

[columns]
severity    = { type = "text",  says = "severity; `all` = total" }
source_id   = { type = "text",  says = "source" }
incident_id = { type = "text",  says = "incident" }
duration_us = { type = "int64", says = "to the event, or to as_of for an open case" }
is_observed = { type = "bool",  says = "the event was seen" }

[[steps]]
step        = "survival"
group       = ["severity"]
duration_us = "duration_us"
is_observed = "is_observed"
---*/
select severity, source_id, incident_id, duration_us, is_observed
from {{ ref('incident_durations') }}
where measure = 'acknowledge' and detected_at >= {{ var('from') }} and detected_at < {{ var('to') }}
order by severity_no nulls last, severity nulls last, incident_id nulls last, source_id nulls last
