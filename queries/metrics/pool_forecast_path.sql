/*---
title  = "Pools: forecast of use"
grain  = "one row per pool and day with a sample; the step makes of it one row per pool and day ahead"
says   = "used bytes by day, forecast 400 days ahead with conformal bounds"
needs  = ["storage_samples"]

[columns]
source_id       = { type = "text",  says = "source" }
pool_id         = { type = "text",  says = "id in the source" }
pool            = { type = "text",  says = "pool, volume, file system or repository" }
at              = { type = "time",  says = "instant of the sample" }
used_bytes      = { type = "int64", says = "used" }
available_bytes = { type = "int64", says = "can still be written" }

[[steps]]
step      = "forecast"
group     = ["source_id", "pool_id", "pool"]
at        = "at"
value     = "used_bytes"
available = "available_bytes"
periods   = [7, 30, 365]
horizon   = 400
rows      = "steps"
---*/
select
    source_id, pool_id, pool, at, used_bytes, available_bytes
from {{ ref('storage_use') }}
order by pool nulls last, at nulls last
