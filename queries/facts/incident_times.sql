/*---
title  = "Incidents with their instants"
grain  = "one row per incident that is not canceled"
says   = "detected before as_of; first human acknowledgement; the fault's own instant where it is known; an incident that is open again has no resolution"
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
mitigated_at  = { type = "time", says = "service back, as recorded" }
restored_at   = { type = "time", says = "service back: as recorded, else first recovery point usable after the fault, else resolution" }
restored_at_source = { type = "text", says = "recorded, recovery_point or resolution; null = not back" }
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
    -- an acknowledgement within a second of the detection is a program's
    select e.source_id as source_id, e.incident_id as incident_id, min(e.at) as ack_at
    from {{ ref('incident_events') }} as e
    join {{ ref('incidents') }} as i on e.source_id = i.source_id and e.incident_id = i.incident_id
    where e.kind = 'ack' and coalesce(e.actor_kind, 'human') <> 'system'
      and e.at >= i.detected_at + interval '1 second'
    group by e.source_id, e.incident_id
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
        coalesce(
            case when i.acknowledged_at >= i.detected_at + interval '1 second' then i.acknowledged_at end, a.ack_at
        )                   as ack_at,
        case when i.status not in ('open', 'acknowledged') then coalesce(i.resolved_at, i.closed_at) end as end_at
    from {{ ref('incidents') }} as i
    left join acks as a on i.source_id = a.source_id and i.incident_id = a.incident_id
    left join {{ ref('incident_links') }} as l on i.source_id = l.source_id and i.incident_id = l.incident_id
    left join {{ ref('system_names') }} as n on i.system_ref = n.name
    left join {{ ref('system_names') }} as m on i.ci = m.name
    where i.status <> 'canceled' and i.detected_at < {{ var('as_of') }}
),
points as (
    select k.source_id as source_id, k.incident_id as incident_id, min(p.usable_at) as point_at
    from known as k
    join {{ ref('recovery_points') }} as p on k.named_id = p.system_id and p.usable_at > k.fault_at
    group by k.source_id, k.incident_id
),
seen as (
    -- what happened after as_of is not known yet
    select
        k.*,
        case when k.ack_at < {{ var('as_of') }} then k.ack_at end               as ack_seen_at,
        case when k.end_at < {{ var('as_of') }} then k.end_at end               as end_seen_at,
        case when k.mitigated_at < {{ var('as_of') }} then k.mitigated_at end   as mitigated_seen_at,
        p.point_at                                                              as point_at
    from known as k
    left join points as p on k.source_id = p.source_id and k.incident_id = p.incident_id
),
backed as (
    select
        seen.*,
        coalesce(mitigated_seen_at, point_at, end_seen_at) as back_at,
        case when mitigated_seen_at is not null then 'recorded'
             when point_at is not null then 'recovery_point'
             when end_seen_at is not null then 'resolution' end as back_source
    from seen
)
select
    ---------- identity
    source_id, incident_id, number, severity,
    named_id                            as system_id,
    case when named_id is null then 'unresolved' else coalesce(named_tier, 'untiered') end as tier,
    title,
    ---------- instants
    detected_at,
    ack_seen_at                         as acknowledged_at,
    mitigated_seen_at                   as mitigated_at,
    back_at                             as restored_at,
    back_source                         as restored_at_source,
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
    case when fault_at <= coalesce(back_at, {{ var('as_of') }})
         then micros_between(fault_at, coalesce(back_at, {{ var('as_of') }})) end               as restore_us,
    back_at is not null                                                                         as is_restored
from backed
