/*---
title  = "Pools with a name of their own"
grain  = "one row per source and pool"
says   = "the pool's name today; two pools of one name are told apart by their hosts, else by source and id"
checks = ["unique(source_id, pool_id)", "unique(pool)"]

[columns]
source_id = { type = "text",  says = "source" }
pool_id   = { type = "text",  says = "pool" }
pool      = { type = "text",  says = "name that no other pool has" }
pool_name = { type = "text",  says = "name as reported, else the id; other pools may have it too" }
host_name = { type = "text",  says = "host, as reported" }
last_at   = { type = "time",  says = "newest sample" }
site      = { type = "text",  says = "place as reported, else that of the host in the list of systems; null = not known" }
---*/
with newest as (
    select source_id, pool_id, max(at) as last_at
    from {{ ref('stg_storage_samples') }}
    group by source_id, pool_id
),
samples as (
    select s.source_id as source_id, s.pool_id as pool_id, s.pool_name as pool_name, s.host_name as host_name,
           s.site as site, n.last_at as last_at, s.at = n.last_at as is_newest
    from {{ ref('stg_storage_samples') }} as s
    join newest as n on s.source_id = n.source_id and s.pool_id = n.pool_id
),
-- as the newest sample says, else as any does
told as (
    select source_id, pool_id, max(last_at) as last_at,
           coalesce(max(case when is_newest then pool_name end), min(pool_name))    as pool_name,
           coalesce(max(case when is_newest then host_name end), min(host_name))    as host_name,
           coalesce(max(case when is_newest then site end), min(site))              as site
    from samples
    group by source_id, pool_id
),
named as (
    select told.*, lower(host_name) as host_key
    from told
),
names as (
    select pool_name, count(*) as pool_count
    from named
    group by pool_name
),
places as (
    select pool_name, host_name, count(*) as pool_count
    from named
    where host_name is not null
    group by pool_name, host_name
)
select
    n.source_id     as source_id,
    n.pool_id       as pool_id,
    case when a.pool_count = 1 then n.pool_name
         when p.pool_count = 1 then n.pool_name || ' on ' || n.host_name
         else n.pool_name || ' (' || n.source_id || ': ' || n.pool_id || ')' end as pool,
    n.pool_name     as pool_name,
    n.host_name     as host_name,
    n.last_at       as last_at,
    coalesce(n.site, s.site) as site
from named as n
join names as a on n.pool_name = a.pool_name
left join places as p on n.pool_name = p.pool_name and n.host_name = p.host_name
left join {{ ref('system_names') }} as s on n.host_key = s.name
