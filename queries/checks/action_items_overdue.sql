/*---
title  = "Action items past their date"
grain  = "one row per open item past its date"
says   = "open at as_of with a due date before it"
needs  = ["action_items"]
checks = ["unique(source_id, item_id)"]
population = "action_items"

[columns]
source_id = { type = "text", says = "source" }
item_id   = { type = "text", says = "item" }
title     = { type = "text", says = "title" }
team      = { type = "text", says = "team" }
opened_at = { type = "time", says = "opened" }
due_at    = { type = "time", says = "due" }
---*/
select source_id, item_id, title, team, opened_at, due_at
from {{ ref('action_items') }}
where status <> 'canceled' and (status = 'open' or closed_at >= {{ var('as_of') }})
  and due_at < {{ var('as_of') }} and opened_at < {{ var('as_of') }}
order by due_at nulls last, item_id nulls last, source_id nulls last
