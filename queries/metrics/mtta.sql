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
with cases as (
    select severity, source_id, incident_id, ack_us as duration_us, is_acknowledged as is_observed
    from {{ ref('incident_times') }}
    where detected_at >= {{ var('from') }} and detected_at < {{ var('to') }} and ack_us is not null
),
with_total as (
    select severity, source_id, incident_id, duration_us, is_observed from cases
    union all
    select 'all' as severity, source_id, incident_id, duration_us, is_observed from cases
)
select severity, source_id, incident_id, duration_us, is_observed
from with_total
order by case severity when 'all' then 0 when 'critical' then 1 when 'high' then 2 when 'medium' then 3
         when 'low' then 4 else 5 end nulls last, severity nulls last, incident_id nulls last, source_id nulls last
