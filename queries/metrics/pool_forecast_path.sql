/*---
title  = "Pools: forecast of use"
grain  = "one row per pool and day with a sample; the step makes of it one row per pool and day ahead"
says   = "used bytes, forecast 400 days ahead by day (by week or month where samples are that rare), as pool_forecast does"
needs  = ["storage_samples"]

[columns]
source_id       = { type = "text",  says = "source" }
pool_id         = { type = "text",  says = "id in the source" }
pool            = { type = "text",  says = "pool, volume, file system or repository" }
at              = { type = "time",  says = "instant of the sample" }
used_bytes      = { type = "int64", says = "used" }
available_bytes = { type = "int64", says = "can still be written" }
logical_bytes   = { type = "int64", says = "data before reduction; null = not reported" }

[[steps]]
step      = "forecast"
group     = ["source_id", "pool_id", "pool"]
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
    source_id, pool_id, pool, at, used_bytes, available_bytes, logical_bytes
from {{ ref('storage_use') }}
order by pool nulls last, at nulls last
