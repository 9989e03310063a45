/*---
title  = "Systems not restored successfully within their interval"
grain  = "one row per violating system"
says   = "no successful test within test_every_s (365 days when no policy says)"
checks = ["unique(system_id)"]
needs  = ["systems", "restore_tests"]
population = "systems_in_scope"

[columns]
system_id    = { type = "text",  says = "system" }
tier         = { type = "text",  says = "tier" }
last_test_at = { type = "time",  says = "last successful test; null = never" }
test_every_s = { type = "int64", says = "interval asked for" }
---*/
select r.system_id as system_id, r.tier as tier, r.last_test_at as last_test_at, r.test_every_s as test_every_s
from {{ ref('rto_not_demonstrated') }} as r
join {{ ref('systems_in_scope') }} as s on r.system_id = s.system_id
order by system_id nulls last
