/*---
title  = "Use of pools by day"
grain  = "one row per pool and day with a sample"
says   = "last sample of the day; capacity = used + available, because size - used is not what can still be written"
checks = ["unique(pool, at)"]
needs  = ["storage_samples"]

[columns]
pool           = { type = "text",  says = "pool, volume, file system or repository; a name that no other pool has" }
site           = { type = "text",  says = "place of the pool; null = not known" }
source_id      = { type = "text",  says = "source" }
pool_id        = { type = "text",  says = "id in the source" }
at             = { type = "time",  says = "instant of the sample" }
used_bytes     = { type = "int64", says = "used" }
available_bytes = { type = "int64", says = "can still be written" }
capacity_bytes = { type = "int64", says = "used + available" }
size_bytes     = { type = "int64", says = "size as reported; null = not reported" }
logical_bytes  = { type = "int64", says = "data before reduction; null = not reported" }
---*/
with numbered as (
    select
        stg_storage_samples.*,
        row_number() over (
            partition by source_id, pool_id, day(at) order by at desc nulls first, used_bytes desc nulls first
        ) as place
    from {{ ref('stg_storage_samples') }} as stg_storage_samples
    where at >= {{ var('from') }} and at < {{ var('to') }}
      and used_bytes is not null and available_bytes is not null
)
select
    p.pool                              as pool,
    p.site                              as site,
    n.source_id                         as source_id,
    n.pool_id                           as pool_id,
    n.at                                as at,
    n.used_bytes                        as used_bytes,
    n.available_bytes                   as available_bytes,
    n.used_bytes + n.available_bytes    as capacity_bytes,
    n.size_bytes                        as size_bytes,
    n.logical_bytes                     as logical_bytes
from numbered as n
join {{ ref('pools') }} as p on n.source_id = p.source_id and n.pool_id = p.pool_id
where n.place = 1
order by pool nulls last, at nulls last
