/*---
title  = "Expected runs and what became of them"
grain  = "one row per expected backup run of a system in scope that is due and not excluded"
says   = "fulfilled under a policy when the matched logical run was usable by the deadline"
checks = ["unique(expected_id)"]

[columns]
expected_id  = { type = "text",  says = "expected run" }
policy_id    = { type = "text",  says = "policy that asks for it" }
system_id    = { type = "text",  says = "system" }
tier         = { type = "text",  says = "tier" }
environment  = { type = "text",  says = "environment" }
backup_day   = { type = "text",  says = "backup day" }
day_begins_at = { type = "time", says = "first instant of the backup day" }
day_ends_at  = { type = "time",  says = "first instant after it" }
due_at       = { type = "time",  says = "when it is due" }
deadline_at  = { type = "time",  says = "when it must be usable" }
outcome      = { type = "text",  says = "outcome as the policy counts warnings" }
coverage     = { type = "text",  says = "what the sources of the system can tell" }
run_source_id = { type = "text", says = "source of the matched run" }
head_run_id  = { type = "text",  says = "matched logical run" }
strict_count  = { type = "int64", says = "1 when fulfilled, warnings fail" }
vendor_count  = { type = "int64", says = "1 when fulfilled, as the vendor counts" }
lenient_count = { type = "int64", says = "1 when fulfilled, warnings pass" }
late_strict_count  = { type = "int64", says = "1 when ok only after the deadline, warnings fail" }
late_vendor_count  = { type = "int64", says = "1 when ok only after the deadline, as the vendor counts" }
late_lenient_count = { type = "int64", says = "1 when ok only after the deadline, warnings pass" }
unmapped_count = { type = "int64", says = "1 when the matched run was never ok and a status word of it is not known" }
source_bytes = { type = "int64", says = "bytes of the matched run" }
---*/
with due as (
    select e.*, n.tier as named_tier, n.environment as named_environment
    from {{ ref('expected_runs') }} as e
    left join {{ ref('system_names') }} as n on e.system_id = n.name
    where e.operation = 'backup'
      and e.outcome not in ('excluded', 'pending')
      and coalesce(n.is_in_scope, true)
      and e.due_at < {{ var('as_of') }}
),
matched as (
    select d.*, c.head_run_id as head_run_id
    from due as d
    left join {{ ref('chained_runs') }} as c on d.run_source_id = c.source_id and d.run_id = c.run_id
)
select
    ---------- identity
    m.expected_id                           as expected_id,
    m.policy_id                             as policy_id,
    m.system_id                             as system_id,
    coalesce(m.named_tier, 'untiered')      as tier,
    m.named_environment                     as environment,
    m.backup_day                            as backup_day,
    m.day_begins_at                         as day_begins_at,
    m.day_ends_at                           as day_ends_at,
    m.due_at                                as due_at,
    m.deadline_at                           as deadline_at,
    m.outcome                               as outcome,
    m.coverage                              as coverage,
    m.run_source_id                         as run_source_id,
    m.head_run_id                           as head_run_id,
    ---------- fulfilled by the deadline
    case when r.ok_strict_at <= m.deadline_at then 1 else 0 end    as strict_count,
    case when r.ok_vendor_at <= m.deadline_at then 1 else 0 end    as vendor_count,
    case when r.ok_lenient_at <= m.deadline_at then 1 else 0 end   as lenient_count,
    ---------- ok too late
    case when r.ok_strict_at > m.deadline_at then 1 else 0 end     as late_strict_count,
    case when r.ok_vendor_at > m.deadline_at then 1 else 0 end     as late_vendor_count,
    case when r.ok_lenient_at > m.deadline_at then 1 else 0 end    as late_lenient_count,
    case when r.unmapped_count > 0 and r.ok_lenient_at is null then 1 else 0 end as unmapped_count,
    r.source_bytes                          as source_bytes
from matched as m
left join {{ ref('backup_runs') }} as r on m.run_source_id = r.source_id and m.head_run_id = r.head_run_id
