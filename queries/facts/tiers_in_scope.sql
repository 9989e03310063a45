/*---
title  = "Tiers of systems in scope"
grain  = "one row per tier"
says   = "tiers with at least one system in scope"
checks = ["unique(tier)"]

[columns]
tier         = { type = "text",  says = "tier" }
system_count = { type = "int64", says = "systems in scope" }
---*/
select tier, count(*) as system_count
from {{ ref('systems_in_scope') }}
group by tier
order by tier nulls last
