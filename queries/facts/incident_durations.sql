/*---
title  = "Durations of incidents"
grain  = "one row per incident and measure whose duration is known, under its severity and under `all`"
says   = "detect = fault to detection, acknowledge = detection to first acknowledgement, resolve = detection to resolution, restore = fault to service back; an open one lasts until as_of"
checks = ["unique(measure, severity, source_id, incident_id)", "duration_us >= 0"]

[columns]
measure     = { type = "text",  says = "detect, acknowledge, resolve, restore" }
severity    = { type = "text",  says = "severity; `all` = total" }
severity_no = { type = "int64", says = "place of the severity in lists: 0 = total, 1 = the gravest" }
source_id   = { type = "text",  says = "source" }
incident_id = { type = "text",  says = "incident" }
detected_at = { type = "time",  says = "when it was detected" }
duration_us = { type = "int64", says = "to the event, or to as_of for an open case" }
is_observed = { type = "bool",  says = "the event was seen" }
---*/
with measured as (
    select 'detect' as measure, severity, source_id, incident_id, detected_at,
           detect_us as duration_us, true as is_observed
    from {{ ref('incident_times') }}
    union all
    select 'acknowledge' as measure, severity, source_id, incident_id, detected_at,
           ack_us as duration_us, is_acknowledged as is_observed
    from {{ ref('incident_times') }}
    union all
    select 'resolve' as measure, severity, source_id, incident_id, detected_at,
           resolve_us as duration_us, is_resolved as is_observed
    from {{ ref('incident_times') }}
    union all
    select 'restore' as measure, severity, source_id, incident_id, detected_at,
           restore_us as duration_us, is_restored as is_observed
    from {{ ref('incident_times') }}
),
scopes as (
    select false as is_total union all select true as is_total
),
scoped as (
    select m.measure as measure, case when s.is_total then 'all' else m.severity end as severity,
           m.source_id as source_id, m.incident_id as incident_id, m.detected_at as detected_at,
           m.duration_us as duration_us, m.is_observed as is_observed
    from measured as m cross join scopes as s
    where m.duration_us is not null
)
select
    measure, severity,
    case severity when 'all' then 0 when 'critical' then 1 when 'high' then 2 when 'medium' then 3
                  when 'low' then 4 else 5 end as severity_no,
    source_id, incident_id, detected_at, duration_us, is_observed
from scoped
