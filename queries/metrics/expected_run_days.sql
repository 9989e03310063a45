/*---
title  = "Backup days of systems with an unfulfilled day"
grain  = "one row per system and backup day"
says   = "the worst outcome of the day's expected runs"
checks = ["unique(system_id, backup_day)"]
needs  = ["expected_runs", "systems"]

[columns]
system_id  = { type = "text", says = "system" }
backup_day = { type = "text", says = "YYYY-MM-DD" }
outcome    = { type = "text", says = "fulfilled, late, failed, missed; unfulfilled where a list of survivors cannot tell failed from missed" }
---*/
with days as (
    select
        system_id,
        backup_day,
        max(case when outcome = 'missed' and coalesce(coverage, 'attempts') = 'survivors' then 4
                 when outcome = 'missed' then 3 when outcome = 'failed' then 2
                 when outcome = 'late' then 1 else 0 end) as worst
    from {{ ref('expected_outcomes') }}
    where due_at >= {{ var('from') }} and due_at < {{ var('to') }}
    group by system_id, backup_day
),
troubled as (
    select distinct system_id from days where worst > 0
)
select
    d.system_id     as system_id,
    d.backup_day    as backup_day,
    case d.worst when 4 then 'unfulfilled' when 3 then 'missed' when 2 then 'failed' when 1 then 'late' else 'fulfilled' end as outcome
from days as d
join troubled as t on d.system_id = t.system_id
order by system_id nulls last, backup_day nulls last
