/*---
title  = "Incidents with their instants"
grain  = "one row per incident that is not canceled"
says   = "detected before as_of; first human acknowledgement; the fault's own instant where it is known"
checks = ["unique(source_id, incident_id)"]

[columns]
source_id     = { type = "text", says = "source" }
incident_id   = { type = "text", says = "incident" }
number        = { type = "text", says = "number that people use" }
severity      = { type = "text", says = "critical, high, medium, low, info" }
system_id     = { type = "text", says = "system; null when no list knows the name" }
tier          = { type = "text", says = "tier" }
title         = { type = "text", says = "title" }
detected_at   = { type = "time", says = "when it was detected" }
acknowledged_at = { type = "time", says = "first acknowledgement before as_of" }
mitigated_at  = { type = "time", says = "service back" }
resolved_at   = { type = "time", says = "resolved before as_of" }
occurred_at   = { type = "time", says = "when the fault occurred" }
occurred_at_source = { type = "text", says = "where that instant comes from" }
run_id        = { type = "text", says = "linked run" }
change_id     = { type = "text", says = "linked change" }
detect_us     = { type = "int64", says = "detected - occurred; null when unknown or negative" }
ack_us        = { type = "int64", says = "to the acknowledgement, else to resolution or as_of" }
is_acknowledged = { type = "bool", says = "someone acknowledged it" }
resolve_us    = { type = "int64", says = "to the resolution, else to as_of" }
is_resolved   = { type = "bool", says = "resolved" }
restore_us    = { type = "int64", says = "fault to service back, else to as_of; null when the fault's instant is unknown" }
is_restored   = { type = "bool", says = "service is back" }
---*/
with acks as (
    select source_id, incident_id, min(at) as ack_at
    from {{ ref('incident_events') }}
    where kind = 'ack' and coalesce(actor_kind, 'human') <> 'system'
    group by source_id, incident_id
),
known as (
    select
        i.*,
        coalesce(n.system_id, m.system_id)  as named_id,
        coalesce(n.tier, m.tier)            as named_tier,
        l.occurred_at       as fault_at,
        l.occurred_at_source as fault_source,
        l.run_id            as linked_run_id,
        l.change_id         as linked_change_id,
        coalesce(i.acknowledged_at, a.ack_at)       as ack_at,
        coalesce(i.resolved_at, i.closed_at)        as end_at
    from {{ ref('incidents') }} as i
    left join acks as a on i.source_id = a.source_id and i.incident_id = a.incident_id
    left join {{ ref('incident_links') }} as l on i.source_id = l.source_id and i.incident_id = l.incident_id
    left join {{ ref('system_names') }} as n on i.system_ref = n.name
    left join {{ ref('system_names') }} as m on i.ci = m.name
    where i.status <> 'canceled' and i.detected_at < {{ var('as_of') }}
),
seen as (
    -- what happened after as_of is not known yet
    select
        known.*,
        case when ack_at < {{ var('as_of') }} then ack_at end               as ack_seen_at,
        case when end_at < {{ var('as_of') }} then end_at end               as end_seen_at,
        case when coalesce(mitigated_at, end_at) < {{ var('as_of') }}
             then coalesce(mitigated_at, end_at) end                        as back_seen_at
    from known
)
select
    ---------- identity
    source_id, incident_id, number, severity,
    named_id                            as system_id,
    coalesce(named_tier, 'untiered')    as tier,
    title,
    ---------- instants
    detected_at,
    ack_seen_at                         as acknowledged_at,
    mitigated_at,
    end_seen_at                         as resolved_at,
    fault_at                            as occurred_at,
    coalesce(fault_source, 'unknown')   as occurred_at_source,
    linked_run_id                       as run_id,
    linked_change_id                    as change_id,
    ---------- durations and whether their end was seen
    case when fault_at <= detected_at then micros_between(fault_at, detected_at) end            as detect_us,
    micros_between(detected_at, coalesce(ack_seen_at, end_seen_at, {{ var('as_of') }}))         as ack_us,
    ack_seen_at is not null                                                                     as is_acknowledged,
    micros_between(detected_at, coalesce(end_seen_at, {{ var('as_of') }}))                      as resolve_us,
    end_seen_at is not null                                                                     as is_resolved,
    case when fault_at <= coalesce(back_seen_at, {{ var('as_of') }})
         then micros_between(fault_at, coalesce(back_seen_at, {{ var('as_of') }})) end          as restore_us,
    back_seen_at is not null                                                                    as is_restored
from seen
