/*---
title  = "Recovery points, resolved"
grain  = "one row per copy of a recovery point"
says   = "system resolved by name; gone when expired and no lock holds it longer, deleted, or absent from a later complete listing of the same scope"
checks = ["unique(source_id, point_id)"]

[columns]
source_id   = { type = "text", says = "source" }
point_id    = { type = "text", says = "copy" }
run_id      = { type = "text", says = "run that wrote it" }
system_id   = { type = "text", says = "system; null when no list knows the name" }
taken_at    = { type = "time", says = "instant of its data" }
usable_at   = { type = "time", says = "earliest instant of a restore; else that of its data" }
until_at    = { type = "time", says = "first of expiry, deletion and a listing without it; null = still there" }
verified_at = { type = "time", says = "last verification" }
integrity   = { type = "text", says = "ok, failed, unknown" }
is_encrypted = { type = "bool", says = "null = not known" }
is_offsite  = { type = "bool", says = "null = not known" }
is_offline  = { type = "bool", says = "null = not known" }
is_locked   = { type = "bool", says = "a lock holds at as_of" }
media_kind  = { type = "text", says = "disk, object, tape ..." }
lock_mode   = { type = "text", says = "kind of immutability" }
place       = { type = "text", says = "source and location of the copy" }
object_name = { type = "text", says = "what is protected, as reported" }
location_id = { type = "text", says = "repository, vault or medium: id" }
location_name = { type = "text", says = "repository, vault or medium: name" }
expires_at  = { type = "time", says = "end of retention, as reported" }
locked_until = { type = "time", says = "end of the lock, if there is one" }
stored_bytes = { type = "int64", says = "bytes it takes up" }
last_seen_at = { type = "time", says = "capture of the newest listing that has it" }
---*/
with points as (
    select restore_points.*, coalesce(lock_mode, 'none') <> 'none' as has_lock,
           case when coalesce(lock_mode, 'none') <> 'none' then immutable_until end as locked_until
    from {{ ref('restore_points') }} as restore_points
    where taken_at < {{ var('as_of') }}
),
gone as (
    select p.source_id as source_id, p.point_id as point_id, min(l.captured_at) as gone_at
    from points as p
    join {{ ref('load_log') }} as l
        on p.source_id = l.source_id and p.snapshot_scope = l.snapshot_scope and l.captured_at > p.last_seen_at
    where l.is_complete_snapshot and l.table_name = 'restore_points' and l.status in ('loaded', 'findings')
      and l.captured_at <= {{ var('as_of') }}
    group by p.source_id, p.point_id
),
dated as (
    select
        p.*,
        n.system_id as system_id,
        least(
            coalesce(case when p.has_lock and p.locked_until is null then cast(null as timestamp)
                          when p.locked_until > p.expires_at then p.locked_until
                          else p.expires_at end, timestamp '9999-01-01 00:00:00'),
            coalesce(p.deleted_at, timestamp '9999-01-01 00:00:00'),
            coalesce(g.gone_at, timestamp '9999-01-01 00:00:00')
        ) as end_at
    from points as p
    left join {{ ref('system_names') }} as n on p.system_ref = n.name
    left join gone as g on p.source_id = g.source_id and p.point_id = g.point_id
)
select
    source_id, point_id, run_id, system_id, taken_at,
    coalesce(usable_at, taken_at)                                           as usable_at,
    case when end_at < timestamp '9999-01-01 00:00:00' then end_at end      as until_at,
    verified_at, integrity, is_encrypted, is_offsite, is_offline,
    has_lock and (immutable_until is null or immutable_until > {{ var('as_of') }}) as is_locked,
    media_kind, lock_mode,
    source_id || ' ' || coalesce(location_id, location_name, site, '')      as place,
    coalesce(object_name, object_id)                                        as object_name,
    location_id, location_name, expires_at, locked_until, stored_bytes, last_seen_at
from dated
