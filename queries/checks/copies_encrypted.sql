/*---
title  = "Copies that are not encrypted"
grain  = "one row per copy that is not encrypted, or of which it is not known"
says   = "not known is not assessable, not false"
needs  = ["restore_points"]
population = "retained_copies"

[columns]
system_id = { type = "text", says = "system; null when no list knows the name" }
point_id  = { type = "text", says = "copy" }
taken_at  = { type = "time", says = "instant of its data" }
finding   = { type = "text", says = "violation, or not_assessable when the source does not say" }
---*/
select system_id, point_id, taken_at,
       case when is_encrypted is null then 'not_assessable' else 'violation' end as finding
from {{ ref('retained_copies') }}
where is_encrypted is null or not is_encrypted
order by taken_at nulls last, point_id nulls last
