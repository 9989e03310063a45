/*---
title  = "Fulfilled expected runs by night, whole period"
grain  = "one row per tier and backup day"
says   = "the clusters of rates over the whole period: failures come in bad nights"
checks = ["unique(tier, night)", "k <= n"]
needs  = ["expected_runs", "systems"]

[columns]
tier  = { type = "text",  says = "tier of the system" }
night = { type = "text",  says = "backup day" }
k     = { type = "int64", says = "expected runs fulfilled by their deadline" }
n     = { type = "int64", says = "expected runs" }

[vars]
warning_policy = { default = "vendor", says = "how warnings count: strict, vendor or lenient" }
---*/
with nights as (
    select
        tier,
        backup_day      as night,
        sum(case {{ var('warning_policy') }}
            when 'strict' then strict_count when 'lenient' then lenient_count else vendor_count
        end)            as k,
        count(*)        as n
    from {{ ref('expected_outcomes') }}
    where due_at >= {{ var('from') }} and due_at < {{ var('to') }}
    group by tier, backup_day
)
select tier, night, k, n
from nights
order by tier nulls last, night nulls last
