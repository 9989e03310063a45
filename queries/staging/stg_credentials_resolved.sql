/*---
title  = "Credentials with their systems"
grain  = "one row per account and observation"
says   = "as loaded, with the system resolved"

[columns]
account_id = { type = "text", says = "account" }
system_id  = { type = "text", says = "system; null when no list knows the name" }
expires_at = { type = "time", says = "expiry" }
---*/
select c.account_id as account_id, n.system_id as system_id, c.expires_at as expires_at
from {{ ref('credentials') }} as c
left join {{ ref('system_names') }} as n on c.system_ref = n.name
where c.observed_at < {{ var('as_of') }}
