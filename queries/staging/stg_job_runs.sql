/*---
title  = "Job runs, resolved"
grain  = "one row per run of one job, roll-ups marked"
says   = "system resolved by name, roll-ups found by their children, runs that never ended marked as interrupted"
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
attempt_count = { type = "int64", says = "tries inside the row, at least 1" }
is_retry      = { type = "bool", says = "a later try of an earlier run" }
outcome       = { type = "text", says = "computed outcome" }
outcome_reason = { type = "text", says = "why" }
vendor_success = { type = "bool", says = "would the vendor count it as success" }
is_counted    = { type = "bool", says = "in the denominator of attempt rates" }
is_ok_strict  = { type = "bool", says = "ok when warnings fail" }
is_ok_vendor  = { type = "bool", says = "ok as the vendor counts warnings" }
is_ok_lenient = { type = "bool", says = "ok when warnings pass" }
protects_data = { type = "bool", says = "a restore could use what it wrote or confirmed" }
source_bytes  = { type = "int64", says = "front-end size" }
transferred_bytes = { type = "int64", says = "over the wire" }
message       = { type = "text", says = "most severe line" }
---*/
with parents as (
    select distinct source_id, parent_run_id
    from {{ ref('job_runs') }}
    where parent_run_id is not null and anchor_at < {{ var('as_of') }}
),
usual as (
    select source_id, job_id, operation, max(micros(duration_s)) as longest_us
    from {{ ref('job_runs') }}
    where duration_s is not null and outcome in ('success', 'warning')
    group by source_id, job_id, operation
),
runs as (
    select
        r.*,
        p.parent_run_id is not null as has_children,
        n.system_id                 as named_id,
        n.tier                      as named_tier,
        n.environment               as named_environment,
        -- a run is given up after three times the longest good run of its job, and never in less than a day
        r.outcome = 'running'
            and micros_between(r.last_seen_at, {{ var('as_of') }}) > 86400000000
            and micros_between(r.last_seen_at, {{ var('as_of') }}) > 3 * coalesce(u.longest_us, 0) as is_stale
    from {{ ref('job_runs') }} as r
    left join parents as p on r.source_id = p.source_id and r.run_id = p.parent_run_id
    left join {{ ref('system_names') }} as n on r.system_ref = n.name
    left join usual as u
        on r.source_id = u.source_id and r.job_id = u.job_id and r.operation = u.operation
    where r.anchor_at < {{ var('as_of') }}
),
judged as (
    select
        runs.*,
        case when is_stale then 'interrupted' else outcome end            as final_outcome,
        case when is_stale then 'stale_running' else outcome_reason end   as final_reason
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
    case when final_outcome = 'interrupted' then null else micros(duration_s) end as duration_us,
    ---------- outcome
    case when attempt_count > 1 then attempt_count else 1 end   as attempt_count,
    coalesce(is_retry, attempt_no > 1, false)                   as is_retry,
    final_outcome                                               as outcome,
    final_reason                                                as outcome_reason,
    vendor_success,
    final_outcome in ('success', 'warning', 'partial', 'failed', 'canceled', 'interrupted', 'unmapped') as is_counted,
    final_outcome = 'success'                                   as is_ok_strict,
    final_outcome = 'success'
        or (final_outcome in ('warning', 'partial') and coalesce(vendor_success, false)) as is_ok_vendor,
    final_outcome in ('success', 'warning', 'partial')          as is_ok_lenient,
    protects_data,
    source_bytes,
    transferred_bytes,
    message
from judged
