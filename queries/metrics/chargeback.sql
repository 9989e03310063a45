/*---
title  = "Bytes by owner and application"
grain  = "one row per owner group and application with a system in scope"
says   = "protected = greatest front-end size of a good backup; written = by all good backups"
checks = ["unique(owner_group, application)", "known_count <= system_count"]
needs  = ["job_runs", "system_names"]

[columns]
owner_group     = { type = "text",  says = "team; `no owner` without one" }
application     = { type = "text",  says = "application; `no application` without one" }
system_count    = { type = "int64", says = "systems in scope and in service" }
known_count     = { type = "int64", says = "of these, with a known size" }
protected_bytes = { type = "int64", says = "front-end size" }
written_bytes   = { type = "int64", says = "written by good backups of the period: stored, else transferred" }
---*/
with current as (
    select system_id, min(owner_group) as owner_group, min(application) as application
    from {{ ref('system_names') }}
    where is_in_scope
      and (in_service_from is null or in_service_from < {{ var('to') }})
      and (in_service_to is null or in_service_to > {{ var('from') }})
    group by system_id
),
runs as (
    select s.system_id as system_id, s.source_bytes as source_bytes,
           coalesce(j.stored_bytes, s.transferred_bytes) as written_bytes
    from {{ ref('stg_job_runs') }} as s
    join {{ ref('job_runs') }} as j on s.source_id = j.source_id and s.run_id = j.run_id
    where s.is_ok_lenient and s.protects_data and not s.is_rollup
      and s.operation in ('backup', 'log_backup')
      and s.anchor_at >= {{ var('from') }} and s.anchor_at < {{ var('to') }}
),
sizes as (
    select
        system_id,
        max(source_bytes)   as protected_bytes,
        sum(written_bytes)  as written_bytes
    from runs
    group by system_id
),
owned as (
    select
        coalesce(c.owner_group, 'no owner')         as owner_group,
        coalesce(c.application, 'no application')   as application,
        c.system_id                                 as system_id,
        s.protected_bytes                           as protected_bytes,
        s.written_bytes                             as written_bytes
    from current as c
    left join sizes as s on c.system_id = s.system_id
)
select
    owner_group,
    application,
    count(*)                            as system_count,
    sum(case when protected_bytes is null and written_bytes is null then 0 else 1 end) as known_count,
    coalesce(sum(protected_bytes), 0)   as protected_bytes,
    coalesce(sum(written_bytes), 0)     as written_bytes
from owned
group by owner_group, application
order by owner_group nulls last, application nulls last
