/*---
title  = "System-days and whether a recovery point came of them"
grain  = "one row per system and backup day with an expected run"
says   = "a day counts when an expected run of it was ok, if late, or when another ok run of the system began in the 24 h from its first due instant, before that of the next day"
checks = ["unique(system_id, backup_day)"]

[columns]
system_id     = { type = "text",  says = "system" }
tier          = { type = "text",  says = "tier" }
backup_day    = { type = "text",  says = "YYYY-MM-DD" }
first_due_at  = { type = "time",  says = "first due instant of the day" }
strict_count  = { type = "int64", says = "1 when protected, warnings fail" }
vendor_count  = { type = "int64", says = "1 when protected, as the vendor counts" }
lenient_count = { type = "int64", says = "1 when protected, warnings pass" }
unmapped_count = { type = "int64", says = "1 when a run of it was never ok and a status word of it is not known" }
---*/
with days as (
    select
        system_id,
        backup_day,
        min(tier)           as tier,
        min(due_at)         as first_due_at,
        max(strict_count + late_strict_count)   as strict_count,
        max(vendor_count + late_vendor_count)   as vendor_count,
        max(lenient_count + late_lenient_count) as lenient_count,
        max(unmapped_count) as unmapped_count
    from {{ ref('expected_outcomes') }}
    group by system_id, backup_day
),
spans as (
    select
        days.*,
        coalesce(
            lead(first_due_at, 1) over (partition by system_id order by first_due_at nulls first, backup_day nulls first),
            {{ var('as_of') }}
        ) as next_due_at
    from days
),
-- runs that no expected run was matched with: started by hand, or after the deadline
loose as (
    select r.system_id as system_id, r.anchor_at as anchor_at, r.ok_strict_at as ok_strict_at,
           r.ok_vendor_at as ok_vendor_at, r.ok_lenient_at as ok_lenient_at
    from {{ ref('backup_runs') }} as r
    left join {{ ref('expected_outcomes') }} as e
        on r.source_id = e.run_source_id and r.head_run_id = e.head_run_id
    where e.expected_id is null and r.ok_lenient_at is not null
),
found as (
    select
        s.system_id     as system_id,
        s.backup_day    as backup_day,
        max(case when l.ok_strict_at is not null then 1 else 0 end)     as strict_count,
        max(case when l.ok_vendor_at is not null then 1 else 0 end)     as vendor_count,
        max(case when l.ok_lenient_at is not null then 1 else 0 end)    as lenient_count
    from spans as s
    join loose as l
        on s.system_id = l.system_id and l.anchor_at >= s.first_due_at and l.anchor_at < s.next_due_at
       and l.anchor_at < s.first_due_at + interval '24 hours'
    group by s.system_id, s.backup_day
)
select
    s.system_id     as system_id,
    s.tier          as tier,
    s.backup_day    as backup_day,
    s.first_due_at  as first_due_at,
    case when s.strict_count + coalesce(f.strict_count, 0) > 0 then 1 else 0 end    as strict_count,
    case when s.vendor_count + coalesce(f.vendor_count, 0) > 0 then 1 else 0 end    as vendor_count,
    case when s.lenient_count + coalesce(f.lenient_count, 0) > 0 then 1 else 0 end  as lenient_count,
    s.unmapped_count as unmapped_count
from spans as s
left join found as f on s.system_id = f.system_id and s.backup_day = f.backup_day
