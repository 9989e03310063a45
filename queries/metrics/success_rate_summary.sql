/*---
title  = "Success rate by tier, whole period"
grain  = "one row per tier"
says   = "expected runs fulfilled by their deadline / expected runs due in the period (rate S5)"
checks = ["unique(tier)", "k <= n"]
needs  = ["expected_runs", "systems"]

[columns]
tier = { type = "text",  says = "tier of the system" }
k    = { type = "int64", says = "expected runs fulfilled by their deadline" }
n    = { type = "int64", says = "expected runs" }
unmapped_count = { type = "int64", says = "of n, never ok and decided by a status word that is not known" }

[vars]
warning_policy = { default = "vendor", says = "how warnings count: strict, vendor or lenient" }

[[steps]]
step   = "proportion"
k      = "k"
n      = "n"
target = ">= 0.995"
unmapped = "unmapped_count"
nights = "success_nights_period"
by     = ["tier"]
---*/
select
    tier,
    sum(case {{ var('warning_policy') }}
        when 'strict' then strict_count when 'lenient' then lenient_count else vendor_count
    end)     as k,
    count(*) as n,
    sum(unmapped_count) as unmapped_count
from {{ ref('expected_outcomes') }}
where due_at >= {{ var('from') }} and due_at < {{ var('to') }}
group by tier
order by tier nulls last
