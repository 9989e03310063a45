/*---
title  = "Silent failures"
grain  = "one row per failure that raised no error where it happened"
says   = "no_attempt: a deadline passed and nothing ran; absent_point: a listing lacks the point; empty_success: the vendor says ok and nothing was captured"

[columns]
system_id    = { type = "text",  says = "system" }
tier         = { type = "text",  says = "tier" }
kind         = { type = "text",  says = "no_attempt, absent_point, empty_success" }
since_at     = { type = "time",  says = "deadline, or the run itself" }
detected_at  = { type = "time",  says = "first alert or incident on the system from then on, within 7 days" }
detection_us = { type = "int64", says = "until it was detected, else until as_of" }
is_detected  = { type = "bool",  says = "somebody noticed" }
---*/
with missed as (
    select system_id, tier,
           case when coalesce(coverage, 'attempts') = 'survivors' then 'absent_point' else 'no_attempt' end as kind,
           deadline_at as since_at
    from {{ ref('expected_outcomes') }}
    where outcome = 'missed'
),
hollow as (
    select system_id, tier, 'empty_success' as kind, anchor_at as since_at
    from {{ ref('stg_job_runs') }}
    where outcome_reason = 'empty_success' and operation = 'backup' and is_in_scope and not is_rollup
),
silent as (
    select system_id, tier, kind, since_at from missed
    union all
    select system_id, tier, kind, since_at from hollow
),
notices as (
    select system_id, detected_at as noticed_at
    from {{ ref('incident_times') }}
    where system_id is not null
    union all
    select n.system_id as system_id, a.fired_at as noticed_at
    from {{ ref('alerts') }} as a
    join {{ ref('system_names') }} as n on a.system_ref = n.name
    where a.fired_at < {{ var('as_of') }} and not coalesce(a.is_suppressed, false) and coalesce(a.label, 'unlabelled') <> 'false'
),
noticed as (
    select s.system_id as system_id, s.kind as kind, s.since_at as since_at, min(i.noticed_at) as detected_at
    from silent as s
    join notices as i
        on s.system_id = i.system_id and i.noticed_at >= s.since_at
       and i.noticed_at < s.since_at + interval '168 hours'
    group by s.system_id, s.kind, s.since_at
)
select
    s.system_id     as system_id,
    s.tier          as tier,
    s.kind          as kind,
    s.since_at      as since_at,
    n.detected_at   as detected_at,
    micros_between(s.since_at, coalesce(n.detected_at, {{ var('as_of') }})) as detection_us,
    n.detected_at is not null as is_detected
from silent as s
left join noticed as n on s.system_id = n.system_id and s.kind = n.kind and s.since_at = n.since_at
