/*---
title  = "Pools that runs write to and recovery points lie in"
grain  = "one row per source, id and name of a place that is a pool"
says   = "the pool of the same source with that id, else with that name; else the one pool of any source that the name or id names. A bare number says nothing outside its source"
checks = ["unique(source_id, place_id, place_name)"]

[columns]
source_id  = { type = "text",  says = "source of the run or point" }
place_id   = { type = "text",  says = "id of its target or location; empty = none" }
place_name = { type = "text",  says = "name of its target or location; empty = none" }
pool       = { type = "text",  says = "pool as in pools" }
last_at    = { type = "time",  says = "newest sample of the pool" }
---*/
with told as (
    select source_id, location_id as place_id, location_name as place_name
    from {{ ref('stg_restore_points') }}
    union all
    select source_id, target_id as place_id, target_name as place_name
    from {{ ref('job_runs') }}
),
places as (
    select distinct source_id, coalesce(place_id, '') as place_id, coalesce(place_name, '') as place_name
    from told
),
-- names that one pool of a source has
own_names as (
    select source_id, pool_name, min(pool) as pool, min(last_at) as last_at
    from {{ ref('pools') }}
    group by source_id, pool_name
    having count(*) = 1
),
any_words as (
    select word, pool, last_at
    from {{ ref('pool_names') }}
    where not matches(word, '^[0-9]+$')
),
found as (
    select p.source_id as source_id, p.place_id as place_id, p.place_name as place_name,
           coalesce(i.pool, n.pool, a.pool, b.pool)             as pool,
           coalesce(i.last_at, n.last_at, a.last_at, b.last_at) as last_at
    from places as p
    left join {{ ref('pools') }} as i on p.source_id = i.source_id and p.place_id = i.pool_id
    left join own_names as n on p.source_id = n.source_id and p.place_name = n.pool_name
    left join any_words as a on p.place_name = a.word
    left join any_words as b on p.place_id = b.word
)
select source_id, place_id, place_name, pool, last_at
from found
where pool is not null
