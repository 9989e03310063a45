/*---
title  = "Earlier forecasts and what came"
grain  = "one row per pool and day on which it was forecast"
says   = "points of stored forecasts (weekly, or as rare as the samples) whose day has come, against the last sample of that day or of the nearest within three days; a pool is told by source and id, so that a new name is no new pool"
checks = ["unique(source_id, pool_id, made_at)"]
needs  = ["forecasts", "storage_samples"]

[columns]
source_id      = { type = "text",  says = "source" }
pool_id        = { type = "text",  says = "id in the source" }
pool           = { type = "text",  says = "pool, as it is named today" }
made_at        = { type = "time",  says = "as_of of the forecast" }
point_n        = { type = "int64", says = "points ahead whose day has come and has a sample near it" }
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
    -- Three days to either side of points that are a week apart: a sample is near one of them.
    select source_id, pool_id, made_at, date_trunc('day', target_at) as target_at,
           date_trunc('day', target_at) - interval '3 days' as from_at, date_trunc('day', target_at) + interval '3 days' as to_at,
           p50_bytes, p10_bytes, p90_bytes, p025_bytes, p975_bytes, full_p10_at, full_p50_at, full_p90_at
    from {{ ref('forecasts') }}
    where made_at < {{ var('as_of') }} and target_at < {{ var('as_of') }} and p50_bytes is not null
),
came as (
    select
        source_id, pool_id, pool, at, date_trunc('day', at) as day_at, used_bytes, available_bytes * 100 <= capacity_bytes as is_full
    from {{ ref('storage_use') }}
),
near as (
    select s.*, c.pool as pool, c.used_bytes as used_bytes, c.day_at as day_at, abs(micros_between(s.target_at, c.day_at)) as off_us
    from said as s
    join came as c
        on s.source_id = c.source_id and s.pool_id = c.pool_id and c.day_at >= s.from_at and c.day_at <= s.to_at
),
numbered as (
    select
        near.*,
        row_number() over (partition by source_id, pool_id, made_at, target_at order by off_us nulls first, day_at nulls first) as place
    from near
),
points as (
    select
        source_id, pool_id, pool, made_at, full_p10_at, full_p50_at, full_p90_at, used_bytes,
        abs(used_bytes - p50_bytes) as off_bytes,
        case when used_bytes >= p10_bytes and used_bytes <= p90_bytes then 1 else 0 end as in_80,
        case when used_bytes >= p025_bytes and used_bytes <= p975_bytes then 1 else 0 end as in_95
    from numbered
    where place = 1
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
