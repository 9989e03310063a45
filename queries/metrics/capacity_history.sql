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
with days as (
    select pool, month(at) as month, at, used_bytes, available_bytes, capacity_bytes, size_bytes
    from {{ ref('storage_use') }}
),
numbered as (
    select days.*, row_number() over (partition by pool, month order by at desc nulls first) as place
    from days
)
select pool, month, at, used_bytes, available_bytes, capacity_bytes, size_bytes
from numbered
where place = 1
order by pool nulls last, month nulls last
