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
with loose as (
    -- runs that no expected run was matched with: started by hand, or after the deadline
    select system_id, anchor_at, head_run_id, ok_strict_at, ok_vendor_at, ok_lenient_at
    from {{ ref('backup_runs') }}
    where not is_asked and ok_lenient_at is not null
),
days as (
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
-- days and loose runs in order: a run belongs to the day that began last before it
events as (
    select system_id, first_due_at as at, 0 as kind_no, backup_day as event_id, backup_day, tier, first_due_at,
           strict_count, vendor_count, lenient_count, unmapped_count
    from days
    union all
    select system_id, anchor_at as at, 1 as kind_no, head_run_id as event_id, cast(null as varchar) as backup_day,
           cast(null as varchar) as tier, cast(null as timestamp) as first_due_at,
           case when ok_strict_at is not null then 1 else 0 end as strict_count,
           case when ok_vendor_at is not null then 1 else 0 end as vendor_count,
           1 as lenient_count, 0 as unmapped_count
    from loose
),
placed as (
    select
        events.*,
        max(first_due_at) over (
            partition by system_id order by at nulls first, kind_no nulls first, event_id nulls first
            rows between unbounded preceding and current row
        ) as day_at
    from events
),
summed as (
    select
        system_id,
        day_at              as first_due_at,
        min(tier)           as tier,
        min(backup_day)     as backup_day,
        max(strict_count)   as strict_count,
        max(vendor_count)   as vendor_count,
        max(lenient_count)  as lenient_count,
        max(unmapped_count) as unmapped_count
    from placed
    where day_at is not null and at < day_at + interval '24 hours'
    group by system_id, day_at
)
select system_id, tier, backup_day, first_due_at, strict_count, vendor_count, lenient_count, unmapped_count
from summed
