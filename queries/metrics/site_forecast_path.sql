/*---
title  = "Sites and everything: forecast of use"
grain  = "one row per pool and day with a sample; the step makes of it one row per site and day ahead, and those of all"
says   = "used bytes of the pools that can be forecast, added by their sample paths"
needs  = ["storage_samples"]

[columns]
source_id       = { type = "text",  says = "source" }
pool_id         = { type = "text",  says = "id in the source" }
site            = { type = "text",  says = "place of the pool" }
pool            = { type = "text",  says = "pool, volume, file system or repository" }
at              = { type = "time",  says = "instant of the sample" }
used_bytes      = { type = "int64", says = "used" }
available_bytes = { type = "int64", says = "can still be written" }
logical_bytes   = { type = "int64", says = "data before reduction; null = not reported" }

[[steps]]
step      = "forecast"
group     = ["source_id", "pool_id", "pool"]
totals    = ["site"]
at        = "at"
value     = "used_bytes"
available = "available_bytes"
logical   = "logical_bytes"
roll_off  = "retention_roll_off"
full      = "space_failures"
seasons_days = [7, 30, 365]
horizon_days = 400
rows      = "steps"
---*/
select
    source_id, pool_id, pool, site, at, used_bytes, available_bytes, logical_bytes
from {{ ref('storage_use') }}
order by pool nulls last, at nulls last
