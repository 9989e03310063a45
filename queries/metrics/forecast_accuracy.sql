/*---
title  = "Earlier forecasts and what came"
grain  = "one row per pool and day on which it was forecast"
says   = "weekly points of stored forecasts whose day has come, against the last sample of that day; a pool is told by source and id, so that a new name is no new pool"
checks = ["unique(source_id, pool_id, made_at)"]
needs  = ["forecasts", "storage_samples"]

[columns]
source_id      = { type = "text",  says = "source" }
pool_id        = { type = "text",  says = "id in the source" }
pool           = { type = "text",  says = "pool, as it is named today" }
made_at        = { type = "time",  says = "as_of of the forecast" }
point_n        = { type = "int64", says = "points ahead whose day has come and has a sample" }
inside_80_n    = { type = "int64", says = "of them inside the 80 % interval; neighbours are alike, so this is no independent sample" }
inside_95_n    = { type = "int64", says = "of them inside the 95 % interval" }
off_bytes      = { type = "int64", says = "sum of the distances between use and central forecast" }
used_sum_bytes = { type = "int64", says = "sum of the use on these days" }
full_p10_at    = { type = "time",  says = "said: one chance in ten to be full by then" }
full_p50_at    = { type = "time",  says = "said: full as likely before as after" }
full_p90_at    = { type = "time",  says = "said: nine chances in ten to be full by then" }
full_seen_at   = { type = "time",  says = "came: first sample after the forecast with at most 1 % room; null = not yet" }

[[steps]]
step = "ratio"
name = "error_ratio"
num  = "off_bytes"
den  = "used_sum_bytes"
---*/
with said as (
    select source_id, pool_id, made_at, day(target_at) as target_day, p50_bytes, p10_bytes, p90_bytes, p025_bytes, p975_bytes,
           full_p10_at, full_p50_at, full_p90_at
    from {{ ref('forecasts') }}
    where made_at < {{ var('as_of') }}
),
came as (
    select
        source_id, pool_id, pool, at, day(at) as at_day, used_bytes, available_bytes * 100 <= capacity_bytes as is_full
    from {{ ref('storage_use') }}
),
points as (
    select
        s.source_id as source_id, s.pool_id as pool_id, c.pool as pool, s.made_at as made_at, s.full_p10_at as full_p10_at, s.full_p50_at as full_p50_at,
        s.full_p90_at as full_p90_at, c.used_bytes as used_bytes,
        case when c.used_bytes >= s.p50_bytes then c.used_bytes - s.p50_bytes else s.p50_bytes - c.used_bytes end as off_bytes,
        case when c.used_bytes >= s.p10_bytes and c.used_bytes <= s.p90_bytes then 1 else 0 end as in_80,
        case when c.used_bytes >= s.p025_bytes and c.used_bytes <= s.p975_bytes then 1 else 0 end as in_95
    from said as s
    join came as c on s.source_id = c.source_id and s.pool_id = c.pool_id and s.target_day = c.at_day
    where s.p50_bytes is not null
),
judged as (
    select
        source_id, pool_id, min(pool) as pool, made_at, count(*) as point_n, sum(in_80) as inside_80_n, sum(in_95) as inside_95_n,
        sum(off_bytes) as off_bytes, sum(used_bytes) as used_sum_bytes,
        min(full_p10_at) as full_p10_at, min(full_p50_at) as full_p50_at, min(full_p90_at) as full_p90_at
    from points
    group by source_id, pool_id, made_at
),
filled as (
    select j.source_id as source_id, j.pool_id as pool_id, j.made_at as made_at, min(c.at) as full_seen_at
    from judged as j
    join came as c on j.source_id = c.source_id and j.pool_id = c.pool_id and c.at > j.made_at
    where c.is_full
    group by j.source_id, j.pool_id, j.made_at
)
select
    j.source_id as source_id, j.pool_id as pool_id, j.pool as pool, j.made_at as made_at, j.point_n as point_n, j.inside_80_n as inside_80_n, j.inside_95_n as inside_95_n,
    j.off_bytes as off_bytes, j.used_sum_bytes as used_sum_bytes,
    j.full_p10_at as full_p10_at, j.full_p50_at as full_p50_at, j.full_p90_at as full_p90_at, f.full_seen_at as full_seen_at
from judged as j
left join filled as f on j.source_id = f.source_id and j.pool_id = f.pool_id and j.made_at = f.made_at
order by pool nulls last, made_at nulls last
