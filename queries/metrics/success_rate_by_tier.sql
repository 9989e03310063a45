/*---
title  = "Success rate by tier and month"
grain  = "one row per tier and month"
says   = "expected runs fulfilled by their deadline / expected runs due in the month (rate S5)"
checks = ["unique(tier, month)", "k <= n"]
needs  = ["expected_runs", "systems"]

[columns]
tier  = { type = "text",  says = "tier of the system" }
month = { type = "text",  says = "YYYY-MM of the due instant, UTC" }
k     = { type = "int64", says = "expected runs fulfilled by their deadline" }
n     = { type = "int64", says = "expected runs" }
unmapped_count = { type = "int64", says = "of n, never ok and decided by a status word that is not known" }
late_count   = { type = "int64", says = "of the rest, ok after the deadline" }
missed_count = { type = "int64", says = "of the rest, nothing ran" }

[vars]
warning_policy = { default = "vendor", says = "how warnings count: strict, vendor or lenient" }

[[steps]]
step   = "proportion"
k      = "k"
n      = "n"
target = ">= 0.995"
unmapped = "unmapped_count"
nights = "success_rate_nights"
by     = ["tier", "month"]
---*/
with expected as (
    select
        tier,
        month(due_at) as month,
        outcome,
        unmapped_count,
        case {{ var('warning_policy') }}
            when 'strict' then strict_count when 'lenient' then lenient_count else vendor_count
        end as is_fulfilled,
        case {{ var('warning_policy') }}
            when 'strict' then late_strict_count when 'lenient' then late_lenient_count else late_vendor_count
        end as is_late
    from {{ ref('expected_outcomes') }}
    where due_at >= {{ var('from') }} and due_at < {{ var('to') }}
),
by_tier as (
    select
        ---------- grain
        tier, month,
        ---------- measures
        sum(is_fulfilled)   as k,
        count(*)            as n,
        sum(unmapped_count) as unmapped_count,
        sum(is_late)        as late_count,
        sum(case when outcome = 'missed' then 1 else 0 end) as missed_count
    from expected
    group by tier, month
)
select tier, month, k, n, unmapped_count, late_count, missed_count
from by_tier
order by month nulls last, tier nulls last
