/*---
title  = "Use of sites and of everything by month"
grain  = "one row per site and month, and one of all pools per month"
says   = "last sample of each pool in the month, added; a month in which more pools were measured jumps, pool_count tells"
checks = ["unique(level, total, month)"]
needs  = ["storage_samples"]

[columns]
level          = { type = "text",  says = "site, or all" }
total          = { type = "text",  says = "name of the site, or all; a pool without a site belongs to `not known`" }
month          = { type = "text",  says = "YYYY-MM, UTC" }
at             = { type = "time",  says = "instant of the newest sample" }
pool_count     = { type = "int64", says = "pools with a sample in the month" }
used_bytes     = { type = "int64", says = "used" }
capacity_bytes = { type = "int64", says = "used + available" }
---*/
with days as (
    select pool, coalesce(site, 'not known') as site, month(at) as month, at, used_bytes, capacity_bytes
    from {{ ref('storage_use') }}
),
numbered as (
    select days.*, row_number() over (partition by pool, month order by at desc nulls first) as place
    from days
),
levels as (
    select 'site' as level, site as total, month, at, used_bytes, capacity_bytes
    from numbered
    where place = 1
    union all
    select 'all' as level, 'all' as total, month, at, used_bytes, capacity_bytes
    from numbered
    where place = 1
)
select
    level, total, month,
    max(at)                 as at,
    count(*)                as pool_count,
    sum(used_bytes)         as used_bytes,
    sum(capacity_bytes)     as capacity_bytes
from levels
group by level, total, month
order by level nulls last, total nulls last, month nulls last
