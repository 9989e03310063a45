/*---
title  = "Pools with a name of their own"
grain  = "one row per source and pool"
says   = "the pool's name; two pools of one name are told apart by their hosts, else by source and id"
checks = ["unique(source_id, pool_id)", "unique(pool)"]

[columns]
source_id = { type = "text",  says = "source" }
pool_id   = { type = "text",  says = "pool" }
pool      = { type = "text",  says = "name that no other pool has" }
host_name = { type = "text",  says = "host, as reported" }
site      = { type = "text",  says = "place as reported, else that of the host in the list of systems; null = not known" }
---*/
with named as (
    select source_id, pool_id, min(pool_name) as pool_name, min(host_name) as host_name, lower(min(host_name)) as host_key, min(site) as site
    from {{ ref('stg_storage_samples') }}
    group by source_id, pool_id
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
    n.host_name     as host_name,
    coalesce(n.site, s.site) as site
from named as n
join names as a on n.pool_name = a.pool_name
left join places as p on n.pool_name = p.pool_name and n.host_name = p.host_name
left join {{ ref('system_names') }} as s on n.host_key = s.name
