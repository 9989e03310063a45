/*---
title  = "Scenarios without a drill within a year"
grain  = "one row per scenario whose newest successful drill is older than 365 days; `none` when there was never a drill"
says   = "a drill of every scenario that was ever drilled, within a year"
needs  = ["restore_tests"]
checks = ["unique(scenario)"]
population = "restore_evidence"

[columns]
scenario     = { type = "text", says = "what was restored" }
last_test_at = { type = "time", says = "newest successful drill" }
---*/
with drills as (
    select scenario, is_ok, tested_at
    from {{ ref('restore_evidence') }}
    where kind = 'drill'
),
drilled as (
    select scenario, max(case when is_ok then tested_at end) as last_test_at
    from drills
    where scenario is not null
    group by scenario
),
counted as (
    select count(*) as drill_count from drills
),
listed as (
    select scenario, last_test_at
    from drilled
    where last_test_at is null or micros_between(last_test_at, {{ var('as_of') }}) > 31536000000000
    union all
    select 'none' as scenario, cast(null as timestamp) as last_test_at
    from counted
    where drill_count = 0
)
select scenario, last_test_at
from listed
order by scenario nulls last
