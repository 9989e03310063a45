/*---
title  = "Tiers that do not prove their success target"
grain  = "one row per tier of the period; after the steps those that do not meet the target"
says   = "verdict of rate S5 per tier: breach is a violation, watch and too few runs are not proven"
checks = ["unique(tier)", "k <= n"]
needs  = ["expected_runs", "systems"]
population = "tiers_in_scope"

[columns]
tier    = { type = "text",  says = "tier" }
k       = { type = "int64", says = "expected runs fulfilled by their deadline" }
n       = { type = "int64", says = "expected runs" }
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

[[steps]]
step   = "finding"
column = "verdict"
words  = { breach = "violation", watch = "unproven", too_few_runs = "unproven", not_assessable = "not_assessable" }
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
