/*---
title  = "Job runs, resolved"
grain  = "one row per run of one job, roll-ups marked"
says   = "system resolved by name, roll-ups found by their children, runs given up marked as interrupted; what happened after as_of is not known yet"
checks = ["unique(source_id, run_id)"]

[columns]
source_id     = { type = "text", says = "source" }
run_id        = { type = "text", says = "run" }
is_rollup     = { type = "bool", says = "sums up other runs; rates leave it out" }
coverage      = { type = "text", says = "does the source list attempts, or only what survived" }
operation     = { type = "text", says = "backup, log_backup, copy, restore ..." }
level         = { type = "text", says = "full, incremental ..." }
trigger       = { type = "text", says = "what started it" }
job_id        = { type = "text", says = "job, else policy, else object" }
object_name   = { type = "text", says = "what was protected" }
system_id     = { type = "text", says = "system; `unresolved` when no list knows the name" }
tier          = { type = "text", says = "tier of the system; `untiered` without one" }
is_in_scope   = { type = "bool", says = "the system counts in rates; true when no list knows it" }
environment   = { type = "text", says = "environment" }
media_server  = { type = "text", says = "mover" }
target_name   = { type = "text", says = "repository, vault, pool" }
scheduled_at  = { type = "time", says = "when it was due" }
started_at    = { type = "time", says = "first start known" }
ended_at      = { type = "time", says = "end" }
as_of_at      = { type = "time", says = "instant whose data it protects" }
usable_at     = { type = "time", says = "earliest instant of a restore" }
anchor_at     = { type = "time", says = "instant by which it is filed" }
duration_us   = { type = "int64", says = "duration; null for runs that never ended" }
attempt_no    = { type = "int64", says = "this row is attempt m, where the source says so" }
attempt_count = { type = "int64", says = "tries inside the row, at least 1" }
is_retry      = { type = "bool", says = "a later try of an earlier run" }
outcome       = { type = "text", says = "computed outcome" }
outcome_reason = { type = "text", says = "why" }
vendor_success = { type = "bool", says = "would the vendor count it as success" }
is_counted    = { type = "bool", says = "an attempt with a verdict, and not canceled in a maintenance window that explains it" }
is_ok_strict  = { type = "bool", says = "ok when warnings fail" }
is_ok_vendor  = { type = "bool", says = "ok as the vendor counts warnings" }
is_ok_lenient = { type = "bool", says = "ok when warnings pass" }
protects_data = { type = "bool", says = "a restore could use what it wrote or confirmed" }
source_bytes  = { type = "int64", says = "front-end size" }
transferred_bytes = { type = "int64", says = "over the wire" }
message       = { type = "text", says = "most severe line" }
---*/
with seen as (
    select
        r.*,
        coalesce(r.job_id, r.policy_name, r.object_name, '')            as stream_job,
        coalesce(r.object_name, r.host_name, '')                        as stream_object,
        case when coalesce(r.level, r.level_requested, '') in ('full', 'synthetic_full') then 'full'
             when coalesce(r.level, r.level_requested, '') in ('incremental', 'differential') then 'incremental'
             else coalesce(r.level, r.level_requested, '') end          as stream_level,
        coalesce(r.first_attempt_at, r.started_at, r.anchor_at)         as begun_at
    from {{ ref('job_runs') }} as r
    where r.anchor_at < {{ var('as_of') }}
),
parents as (
    -- some sources name a run without a parent as its own parent
    select distinct source_id, parent_run_id
    from seen
    where parent_run_id is not null and parent_run_id <> run_id
),
usual as (
    select source_id, stream_job, stream_object, operation, stream_level, median(micros(duration_s)) as usual_us
    from seen
    where duration_s is not null and outcome in ('success', 'warning', 'partial')
    group by source_id, stream_job, stream_object, operation, stream_level
),
tries as (
    select source_id, run_id, count(*) as try_count
    from {{ ref('job_attempts') }}
    where anchor_at < {{ var('as_of') }}
    group by source_id, run_id
),
windows as (
    select starts_at, ends_at, scope_kind, scope
    from {{ ref('maintenance_windows') }}
    where kind in ('maintenance', 'blackout')
),
excused as (
    -- canceled by its operator, or nobody knows by whom, while a maintenance window covered the start
    select distinct r.source_id as source_id, r.run_id as run_id
    from seen as r
    join {{ ref('system_names') }} as n on r.system_ref = n.name
    join {{ ref('system_names') }} as a on n.system_id = a.system_id
    join windows as w on r.begun_at >= w.starts_at
    where r.outcome = 'canceled' and r.outcome_reason in ('user_cancel', 'cancel_unknown')
      and (w.ends_at is null or r.begun_at < w.ends_at)
      and (w.scope_kind = 'all'
           or (w.scope_kind = 'system' and array_contains(w.scope, a.name))
           or (w.scope_kind = 'service' and array_contains(w.scope, n.application))
           or (w.scope_kind = 'tier' and array_contains(w.scope, n.tier))
           or (w.scope_kind = 'environment' and array_contains(w.scope, n.environment)))
),
runs as (
    select
        r.*,
        p.parent_run_id is not null         as has_children,
        n.system_id                         as named_id,
        n.tier                              as named_tier,
        n.environment                       as named_environment,
        coalesce(n.is_in_scope, true)       as is_in_scope,
        coalesce(t.try_count, 1)            as try_count,
        x.run_id is not null
            or (r.outcome = 'canceled' and coalesce(r.outcome_reason, '') = 'duplicate_refused') as is_excused,
        coalesce(r.ended_at, r.begun_at) > {{ var('as_of') }} as is_unfinished,
        -- a run is given up after three times the usual duration of its stream, and never within a day
        r.outcome = 'running'
            and micros_between(r.begun_at, {{ var('as_of') }}) > 86400000000
            and micros_between(r.begun_at, {{ var('as_of') }}) > 3 * coalesce(u.usual_us, 0) as is_stale
    from seen as r
    left join parents as p on r.source_id = p.source_id and r.run_id = p.parent_run_id
    left join {{ ref('system_names') }} as n on r.system_ref = n.name
    left join tries as t on r.source_id = t.source_id and r.run_id = t.run_id
    left join excused as x on r.source_id = x.source_id and r.run_id = x.run_id
    left join usual as u
        on r.source_id = u.source_id and r.stream_job = u.stream_job and r.stream_object = u.stream_object
       and r.operation = u.operation and r.stream_level = u.stream_level
),
judged as (
    select
        runs.*,
        case when is_unfinished then 'running' when is_stale then 'interrupted' else outcome end as final_outcome,
        case when is_unfinished then 'no_end_record' when is_stale then 'stale_running' else outcome_reason end
            as final_reason
    from runs
)
select
    ---------- identity
    source_id,
    run_id,
    is_rollup or has_children                                   as is_rollup,
    coverage,
    operation,
    level,
    trigger,
    coalesce(job_id, policy_name, object_name)                  as job_id,
    coalesce(object_name, host_name)                            as object_name,
    coalesce(named_id, 'unresolved')                            as system_id,
    case when named_id is null then 'unresolved' else coalesce(named_tier, 'untiered') end as tier,
    is_in_scope,
    coalesce(environment, named_environment)                    as environment,
    media_server,
    target_name,
    ---------- instants
    scheduled_at,
    coalesce(first_attempt_at, started_at)                      as started_at,
    ended_at,
    as_of_at,
    usable_at,
    anchor_at,
    case when final_outcome in ('interrupted', 'running') then null else micros(duration_s) end as duration_us,
    ---------- outcome
    attempt_no,
    greatest(coalesce(attempt_count, 1), try_count, 1)          as attempt_count,
    coalesce(is_retry, false) or coalesce(trigger = 'retry', false) or coalesce(attempt_no > 1, false) as is_retry,
    final_outcome                                               as outcome,
    final_reason                                                as outcome_reason,
    vendor_success,
    final_outcome in ('success', 'warning', 'partial', 'failed', 'canceled', 'interrupted', 'unmapped')
        and not is_excused                                      as is_counted,
    final_outcome = 'success'                                   as is_ok_strict,
    final_outcome = 'success'
        or (final_outcome in ('warning', 'partial') and coalesce(vendor_success, false)) as is_ok_vendor,
    final_outcome in ('success', 'warning', 'partial')          as is_ok_lenient,
    protects_data and not is_unfinished                         as protects_data,
    coalesce(source_bytes, read_bytes)                          as source_bytes,
    transferred_bytes,
    message
from judged
