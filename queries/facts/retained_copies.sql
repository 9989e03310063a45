/*---
title  = "Copies that exist"
grain  = "one row per copy of a recovery point that exists at as_of"
says   = "not expired, not deleted, and not absent from a later complete listing"
checks = ["unique(source_id, point_id)"]

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
is_locked   = { type = "bool", says = "a lock holds at as_of" }
place       = { type = "text", says = "source and location of the copy" }
---*/
select
    source_id, system_id, point_id, taken_at, verified_at, integrity, is_encrypted,
    is_offsite, is_offline, media_kind, lock_mode, is_locked, place
from {{ ref('stg_restore_points') }}
where until_at is null or until_at > {{ var('as_of') }}
