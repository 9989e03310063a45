/*---
title  = "Tiers without a successful restore from an offline copy within a year"
grain  = "one row per violating tier"
says   = "newest successful restore from an offline copy is older than 365 days, or there is none"
checks = ["unique(tier)"]
needs  = ["restore_tests", "systems"]
population = "tiers_in_scope"

[columns]
tier         = { type = "text", says = "tier" }
last_test_at = { type = "time", says = "newest successful restore from an offline copy" }
---*/
with tested as (
    select tier, max(tested_at) as last_test_at
    from {{ ref('restore_evidence') }}
    where is_ok and is_from_offline
    group by tier
)
select s.tier as tier, t.last_test_at as last_test_at
from {{ ref('tiers_in_scope') }} as s
left join tested as t on s.tier = t.tier
where t.last_test_at is null or micros_between(t.last_test_at, {{ var('as_of') }}) > 31536000000000
order by tier nulls last
