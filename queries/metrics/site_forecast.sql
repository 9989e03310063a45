/*---
title  = "Sites and everything: when the room of their pools is used up"
grain  = "one row per pool and day with a sample; the step makes of it one row per site and one of all"
says   = "sample paths of the pools are added, never their bounds; a pool that cannot be forecast is in no total and is named; room of one pool cannot be used by another, so single pools may be full earlier"
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
lead_s          = { type = "int64", says = "delivery time in seconds" }
next_purchase_at = { type = "time", says = "next date on which capacity can be bought; full_probability counts up to it" }

[vars]
lead_days = { default = 60, says = "days from an order to its delivery" }
purchase_days = { default = 92, says = "days from as_of to the next purchase date" }

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
horizon_days = 760
rows      = "summary"
lead_s    = "lead_s"
before    = "next_purchase_at"
plans     = "planned_additions"
---*/
select
    source_id, pool_id, pool, site, at, used_bytes, available_bytes, logical_bytes,
    cast({{ var('lead_days') }} as bigint) * 86400 as lead_s,
    add_micros({{ var('as_of') }}, cast({{ var('purchase_days') }} as bigint) * 86400000000) as next_purchase_at
from {{ ref('storage_use') }}
order by pool nulls last, at nulls last
