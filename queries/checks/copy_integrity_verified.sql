/*---
title  = "Copies that failed verification or were not verified in 90 days"
grain  = "one row per violating copy"
says   = "a retained copy with integrity failed, or whose last verification (its data, when never verified) is older than 90 days"
needs  = ["restore_points.verified_at"]
population = "retained_copies"

[columns]
system_id   = { type = "text", says = "system; null when no list knows the name" }
point_id    = { type = "text", says = "copy" }
taken_at    = { type = "time", says = "instant of its data" }
verified_at = { type = "time", says = "last verification" }
integrity   = { type = "text", says = "ok, failed, unknown" }
---*/
select system_id, point_id, taken_at, verified_at, integrity
from {{ ref('retained_copies') }}
where integrity = 'failed' or micros_between(coalesce(verified_at, taken_at), {{ var('as_of') }}) > 7776000000000
order by taken_at nulls last, point_id nulls last
