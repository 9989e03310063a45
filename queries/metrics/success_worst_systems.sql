/*---
title  = "Systems by success rate, worst first"
grain  = "one row per system with expected runs in the period"
says   = "expected runs fulfilled by their deadline / expected runs, with an exact verdict per system"
checks = ["unique(system_id)", "k <= n"]
needs  = ["expected_runs", "systems"]

[columns]
system_id = { type = "text",  says = "system" }
tier      = { type = "text",  says = "tier" }
k         = { type = "int64", says = "expected runs fulfilled by their deadline" }
n         = { type = "int64", says = "expected runs" }
unmapped_count = { type = "int64", says = "of n, never ok and decided by a status word that is not known" }
missing_count = { type = "int64", says = "expected runs not fulfilled" }

[vars]
warning_policy = { default = "vendor", says = "how warnings count: strict, vendor or lenient" }

[[steps]]
step   = "proportion"
k      = "k"
n      = "n"
target = ">= 0.995"
unmapped = "unmapped_count"

[[steps]]
step = "shrink"
k    = "k"
n    = "n"
---*/
with systems_in_period as (
    select
        system_id,
        min(tier) as tier,
        sum(case {{ var('warning_policy') }}
            when 'strict' then strict_count when 'lenient' then lenient_count else vendor_count
        end)      as k,
        count(*)  as n,
        sum(unmapped_count) as unmapped_count
    from {{ ref('expected_outcomes') }}
    where due_at >= {{ var('from') }} and due_at < {{ var('to') }}
    group by system_id
)
select system_id, tier, k, n, unmapped_count, n - k as missing_count
from systems_in_period
order by missing_count desc nulls last, system_id nulls last
