/*---
title  = "Copies that exist"
grain  = "one row per copy of a recovery point not expired or deleted at as_of"
says   = "listed by the newest export that could list it"

[columns]
source_id   = { type = "text", says = "source" }
system_id   = { type = "text", says = "system; null when no list knows the name" }
point_id    = { type = "text", says = "copy" }
taken_at    = { type = "time", says = "instant of its data" }
verified_at = { type = "time", says = "last verification" }
integrity   = { type = "text", says = "ok, failed, unknown" }
is_encrypted = { type = "bool", says = "null = not known" }
is_offsite  = { type = "bool", says = "null = not known" }
is_offline  = { type = "bool", says = "null = not known" }
media_kind  = { type = "text", says = "disk, object, tape ..." }
lock_mode   = { type = "text", says = "kind of immutability" }
---*/
select
    p.source_id as source_id, n.system_id as system_id, p.point_id as point_id, p.taken_at as taken_at,
    p.verified_at as verified_at, p.integrity as integrity, p.is_encrypted as is_encrypted,
    p.is_offsite as is_offsite, p.is_offline as is_offline, p.media_kind as media_kind, p.lock_mode as lock_mode
from {{ ref('restore_points') }} as p
left join {{ ref('system_names') }} as n on p.system_ref = n.name
where (p.expires_at is null or p.expires_at > {{ var('as_of') }})
  and (p.deleted_at is null or p.deleted_at > {{ var('as_of') }})
  and p.taken_at < {{ var('as_of') }}
