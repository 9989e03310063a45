/*---
title  = "Changes with what linking them needs"
grain  = "one row per change"
says   = "as loaded, with the system resolved by name, else by configuration item"
checks = ["unique(source_id, change_id)"]

[columns]
source_id = { type = "text", says = "source" }
change_id = { type = "text", says = "change" }
system_id = { type = "text", says = "system; null when no list knows the name" }
kind      = { type = "text", says = "standard, normal, emergency, other" }
status    = { type = "text", says = "state" }
planned_start_at = { type = "time", says = "planned start" }
actual_start_at  = { type = "time", says = "start" }
actual_end_at    = { type = "time", says = "end" }
done_at   = { type = "time", says = "end, else start, else planned" }
---*/
select
    c.source_id as source_id, c.change_id as change_id, coalesce(n.system_id, i.system_id) as system_id,
    c.kind as kind, c.status as status, c.planned_start_at as planned_start_at,
    c.actual_start_at as actual_start_at, c.actual_end_at as actual_end_at,
    coalesce(c.actual_end_at, c.actual_start_at, c.anchor_at) as done_at
from {{ ref('changes') }} as c
left join {{ ref('system_names') }} as n on c.system_ref = n.name
left join {{ ref('system_names') }} as i on c.ci = i.name
where c.anchor_at < {{ var('as_of') }}
