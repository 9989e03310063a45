/*---
title  = "Restore tests against the recovery time objective"
grain  = "one row per tier"
says   = "tests of the last 365 days that succeeded within the RTO / tests; a failed test is a breach"
checks = ["unique(tier)", "k <= n"]
needs  = ["restore_tests", "systems"]

[columns]
tier = { type = "text",  says = "tier" }
k    = { type = "int64", says = "tests that succeeded within the objective" }
n    = { type = "int64", says = "tests of systems with an objective" }
failed_count = { type = "int64", says = "of the rest, failed" }
slow_count   = { type = "int64", says = "of the rest, too slow" }
median_us    = { type = "int64", says = "median measured recovery time of successful tests" }
rto_us       = { type = "int64", says = "tightest objective of the tier" }

[[steps]]
step = "proportion"
k    = "k"
n    = "n"
---*/
with tests as (
    select * from {{ ref('restore_evidence') }}
    where rto_us is not null and tested_at >= add_hours({{ var('to') }}, -8760) and tested_at < {{ var('to') }}
)
select
    tier,
    sum(case when is_ok and rta_us <= rto_us then 1 else 0 end)  as k,
    count(*)                                                     as n,
    sum(case when is_ok then 0 else 1 end)                       as failed_count,
    sum(case when is_ok and rta_us > rto_us then 1 else 0 end)   as slow_count,
    cast(median(case when is_ok then rta_us end) as bigint)      as median_us,
    min(rto_us)                                                  as rto_us
from tests
group by tier
order by tier nulls last
