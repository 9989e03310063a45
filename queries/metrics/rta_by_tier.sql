/*---
title  = "Restore tests against the recovery time objective"
grain  = "one row per tier"
says   = "tests of the last 365 days that succeeded within the RTO / tests that failed or were measured; a failed test is a breach"
checks = ["unique(tier)", "k <= n"]
needs  = ["restore_tests", "systems"]

[columns]
tier = { type = "text",  says = "tier" }
k    = { type = "int64", says = "tests that succeeded within the objective" }
n    = { type = "int64", says = "tests of systems with an objective that failed or were measured" }
failed_count = { type = "int64", says = "of the rest, failed" }
slow_count   = { type = "int64", says = "of the rest, too slow" }
unmeasured_count = { type = "int64", says = "left out: succeeded, recovery time not recorded" }
median_us    = { type = "int64", says = "median recovery time, a failed test counting as endless; null when the median is endless" }
median_s     = { type = "float", says = "the same in seconds" }
rto_us       = { type = "int64", says = "tightest objective of the tier" }
rto_s        = { type = "float", says = "the same in seconds" }

[[steps]]
step = "proportion"
k    = "k"
n    = "n"
---*/
with tests as (
    select * from {{ ref('restore_evidence') }}
    where rto_us is not null and tested_at >= add_hours({{ var('to') }}, -8760) and tested_at < {{ var('to') }}
),
grouped as (
    select
        tier,
        sum(case when is_ok and rta_us <= rto_us then 1 else 0 end)             as k,
        sum(case when is_ok and rta_us is null then 0 else 1 end)               as n,
        sum(case when is_ok then 0 else 1 end)                                  as failed_count,
        sum(case when is_ok and rta_us > rto_us then 1 else 0 end)              as slow_count,
        sum(case when is_ok and rta_us is null then 1 else 0 end)               as unmeasured_count,
        median(case when is_ok then rta_us else 1000000000000000000 end)        as median_us,
        min(rto_us)                                                             as rto_us
    from tests
    group by tier
),
finite as (
    -- a mean of the two middle ones with an endless one is endless
    select grouped.*, case when median_us < 400000000000000000 then cast(median_us as bigint) end as finite_us
    from grouped
)
select
    tier, k, n, failed_count, slow_count, unmeasured_count,
    finite_us as median_us, cast(finite_us as double) / cast(1000000 as double) as median_s,
    rto_us, cast(rto_us as double) / cast(1000000 as double) as rto_s
from finite
order by tier nulls last
