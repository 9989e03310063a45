/*---
title  = "Share of expected runs that failed silently"
grain  = "one row per tier"
says   = "expected runs without any attempt or point / expected runs"
checks = ["unique(tier)", "k <= n"]
needs  = ["expected_runs", "systems"]

[columns]
tier = { type = "text",  says = "tier" }
k    = { type = "int64", says = "expected runs that nothing answered" }
n    = { type = "int64", says = "expected runs" }

[[steps]]
step = "proportion"
k    = "k"
n    = "n"
---*/
select tier, sum(case when outcome = 'missed' then 1 else 0 end) as k, count(*) as n
from {{ ref('expected_outcomes') }}
where due_at >= {{ var('from') }} and due_at < {{ var('to') }}
group by tier
order by tier nulls last
