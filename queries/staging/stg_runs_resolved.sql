/*---
title  = "Job runs with every column that derived tables need"
grain  = "one row per run"
says   = "as loaded, with the system resolved, roll-ups found by their children, stale runs interrupted"
checks = ["unique(source_id, run_id)"]

[columns]
source_id = { type = "text", says = "source" }
run_id    = { type = "text", says = "run" }
system_id = { type = "text", says = "system; null when no list knows the name" }
job_id    = { type = "text", says = "job" }
job_name  = { type = "text", says = "name of the job" }
object_id = { type = "text", says = "object" }
object_name = { type = "text", says = "what was protected" }
operation = { type = "text", says = "operation" }
level     = { type = "text", says = "level" }
trigger   = { type = "text", says = "what started it" }
coverage  = { type = "text", says = "attempts or survivors" }
outcome   = { type = "text", says = "computed outcome" }
outcome_reason = { type = "text", says = "why" }
vendor_success = { type = "bool", says = "would the vendor count it as success" }
vendor_code    = { type = "text", says = "the vendor's code" }
protects_data  = { type = "bool", says = "a restore could use it" }
is_rollup = { type = "bool", says = "sums up other runs" }
is_retry  = { type = "bool", says = "a later try" }
attempt_no = { type = "int64", says = "this row is attempt m" }
target_id  = { type = "text", says = "repository" }
target_name = { type = "text", says = "repository by name" }
first_attempt_at = { type = "time", says = "first start" }
started_at = { type = "time", says = "start" }
ended_at   = { type = "time", says = "end" }
usable_at  = { type = "time", says = "usable from" }
anchor_at  = { type = "time", says = "filed under" }
exit_code  = { type = "int64", says = "of the process" }
code_class = { type = "text", says = "class from a code table" }
is_transient = { type = "bool", says = "transient by a code table" }
message    = { type = "text", says = "most severe line" }
---*/
select
    r.source_id as source_id, r.run_id as run_id,
    case when s.system_id <> 'unresolved' then s.system_id end as system_id,
    r.job_id as job_id, r.job_name as job_name, r.object_id as object_id, r.object_name as object_name,
    r.operation as operation, r.level as level, r.trigger as trigger, r.coverage as coverage,
    s.outcome as outcome, s.outcome_reason as outcome_reason, r.vendor_success as vendor_success,
    r.vendor_code as vendor_code, r.protects_data as protects_data, s.is_rollup as is_rollup,
    r.is_retry as is_retry, r.attempt_no as attempt_no, r.target_id as target_id, r.target_name as target_name,
    r.first_attempt_at as first_attempt_at, r.started_at as started_at, r.ended_at as ended_at,
    r.usable_at as usable_at, r.anchor_at as anchor_at, r.exit_code as exit_code,
    r.code_class as code_class, r.is_transient as is_transient, r.message as message
from {{ ref('job_runs') }} as r
join {{ ref('stg_job_runs') }} as s on r.source_id = s.source_id and r.run_id = s.run_id
