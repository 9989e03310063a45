/*---
title  = "Fulfilled expected runs by night"
grain  = "one row per tier, month and backup day"
says   = "the clusters of success_rate_by_tier: failures come in bad nights"
checks = ["unique(tier, month, night)", "k <= n"]
needs  = ["expected_runs", "systems"]

[columns]
tier  = { type = "text",  says = "tier of the system" }
month = { type = "text",  says = "YYYY-MM of the due instant, UTC" }
night = { type = "text",  says = "backup day" }
k     = { type = "int64", says = "expected runs fulfilled by their deadline" }
n     = { type = "int64", says = "expected runs" }

[vars]
warning_policy = { default = "vendor", says = "how warnings count: strict, vendor or lenient" }
---*/
with nights as (
    select
        tier,
        month(due_at)   as month,
        backup_day      as night,
        sum(case {{ var('warning_policy') }}
            when 'strict' then strict_count when 'lenient' then lenient_count else vendor_count
        end)            as k,
        count(*)        as n
    from {{ ref('expected_outcomes') }}
    where due_at >= {{ var('from') }} and due_at < {{ var('to') }}
    group by tier, month(due_at), backup_day
)
select tier, month, night, k, n
from nights
order by tier nulls last, month nulls last, night nulls last
