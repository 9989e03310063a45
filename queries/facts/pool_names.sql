/*---
title  = "Words that name one pool"
grain  = "one row per word that is the id or the name of one pool only"
says   = "who names a pool without its source means the only one that has this id or name; what two pools have names none"
checks = ["unique(word)"]

[columns]
word    = { type = "text",  says = "id, name as reported, or name in reports" }
pool    = { type = "text",  says = "pool as in pools" }
last_at = { type = "time",  says = "newest sample" }
---*/
with words as (
    select pool_id as word, pool, last_at from {{ ref('pools') }}
    union all
    select pool_name as word, pool, last_at from {{ ref('pools') }}
    union all
    select pool as word, pool, last_at from {{ ref('pools') }}
),
counted as (
    select word, min(pool) as pool, min(last_at) as last_at, count(distinct pool) as pool_count
    from words
    group by word
)
select word, pool, last_at
from counted
where pool_count = 1
