/*---
title  = "Pools that their id alone names"
grain  = "one row per id that one pool only has"
says   = "lists and runs name a pool without its source; an id that two sources have names none"
checks = ["unique(pool_id)"]

[columns]
pool_id = { type = "text",  says = "id in the source" }
pool    = { type = "text",  says = "pool" }
last_at = { type = "time",  says = "newest sample" }
---*/
with counted as (
    select pool_id, min(pool) as pool, min(last_at) as last_at, count(*) as pool_count
    from {{ ref('pools') }}
    group by pool_id
)
select pool_id, pool, last_at
from counted
where pool_count = 1
