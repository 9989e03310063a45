/*---
title  = "Samples of pools with what is used and what can be written"
grain  = "one row per pool and instant before as_of"
says   = "used = as reported, else size - free, else size - available; available = as reported, else free, else size - used: size - available is more than what is used where blocks are reserved"
checks = ["unique(source_id, pool_id, at)"]

[columns]
source_id       = { type = "text",  says = "source" }
pool_id         = { type = "text",  says = "pool" }
pool_name       = { type = "text",  says = "its name, else its id" }
host_name       = { type = "text",  says = "host, as reported" }
site            = { type = "text",  says = "place, as reported" }
at              = { type = "time",  says = "instant of the sample" }
size_bytes      = { type = "int64", says = "size as reported" }
used_bytes      = { type = "int64", says = "used" }
available_bytes = { type = "int64", says = "can still be written" }
logical_bytes   = { type = "int64", says = "data before reduction, as reported" }
---*/
select
    ---------- identity
    source_id,
    pool_id,
    coalesce(pool_name, pool_id)    as pool_name,
    host_name,
    site,
    at,
    ---------- sizes
    size_bytes,
    coalesce(used_bytes, size_bytes - free_bytes, size_bytes - available_bytes) as used_bytes,
    coalesce(available_bytes, free_bytes, size_bytes - used_bytes)              as available_bytes,
    logical_bytes
from {{ ref('storage_samples') }}
where at < {{ var('as_of') }}
