/*---
title  = "Use of pools by month"
grain  = "one row per pool and month with a sample"
says   = "last sample of the month; capacity = used + available, because size - used is not what can still be written"
checks = ["unique(pool, month)"]
needs  = ["storage_samples"]

[columns]
pool           = { type = "text",  says = "pool, volume, file system or repository" }
month          = { type = "text",  says = "YYYY-MM, UTC" }
at             = { type = "time",  says = "instant of the sample" }
used_bytes     = { type = "int64", says = "used" }
available_bytes = { type = "int64", says = "can still be written" }
capacity_bytes = { type = "int64", says = "used + available" }
size_bytes     = { type = "int64", says = "size as reported; null = not reported" }
---*/
with samples as (
    select
        coalesce(pool_name, pool_id)                        as pool,
        month(at)                                           as month,
        at,
        coalesce(used_bytes, size_bytes - available_bytes)  as used_bytes,
        coalesce(available_bytes, size_bytes - used_bytes)  as available_bytes,
        size_bytes
    from {{ ref('storage_samples') }}
    where at >= {{ var('from') }} and at < {{ var('to') }} and at < {{ var('as_of') }}
),
numbered as (
    select
        samples.*,
        row_number() over (
            partition by pool, month order by at desc nulls first, used_bytes desc nulls first
        ) as place
    from samples
    where used_bytes is not null and available_bytes is not null
)
select
    pool, month, at, used_bytes, available_bytes,
    used_bytes + available_bytes as capacity_bytes,
    size_bytes
from numbered
where place = 1
order by pool nulls last, month nulls last
