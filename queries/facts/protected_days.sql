/*---
title  = "System-days and whether a recovery point came of them"
grain  = "one row per system and backup day with an expected run"
says   = "a day counts when an expected run of it was ok, if late, or when another ok run of the system began in it"
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
    -- policies with other zones or day starts may have days of one name: their time together
    select
        system_id,
        backup_day,
        min(tier)           as tier,
        min(due_at)         as first_due_at,
        min(day_begins_at)  as begins_at,
        max(day_ends_at)    as ends_at,
        max(strict_count + late_strict_count)   as strict_count,
        max(vendor_count + late_vendor_count)   as vendor_count,
        max(lenient_count + late_lenient_count) as lenient_count,
        max(unmapped_count) as unmapped_count
    from {{ ref('expected_outcomes') }}
    group by system_id, backup_day
),
loose as (
    -- ok runs that no expected run was matched with, by the day in which they began
    select
        d.system_id     as system_id,
        d.backup_day    as backup_day,
        max(case when r.ok_strict_at is not null then 1 else 0 end) as strict_count,
        max(case when r.ok_vendor_at is not null then 1 else 0 end) as vendor_count,
        max(case when r.ok_lenient_at is not null then 1 else 0 end) as lenient_count
    from days as d
    join {{ ref('backup_runs') }} as r
        on d.system_id = r.system_id and d.begins_at <= r.anchor_at and d.ends_at > r.anchor_at
    where not r.is_asked and r.ok_lenient_at is not null
    group by d.system_id, d.backup_day
)
select
    d.system_id     as system_id,
    d.tier          as tier,
    d.backup_day    as backup_day,
    d.first_due_at  as first_due_at,
    greatest(d.strict_count, coalesce(l.strict_count, 0))   as strict_count,
    greatest(d.vendor_count, coalesce(l.vendor_count, 0))   as vendor_count,
    greatest(d.lenient_count, coalesce(l.lenient_count, 0)) as lenient_count,
    d.unmapped_count as unmapped_count
from days as d
left join loose as l on d.system_id = l.system_id and d.backup_day = l.backup_day
