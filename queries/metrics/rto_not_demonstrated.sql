/*---
title  = "Systems whose recovery time is not demonstrated"
grain  = "one row per system in scope without a successful restore test inside its interval"
says   = "no successful test within test_every_s (365 days when no policy says)"
checks = ["unique(system_id)"]
needs  = ["systems"]

[columns]
system_id    = { type = "text",  says = "system" }
tier         = { type = "text",  says = "tier" }
rto_s        = { type = "float", says = "objective, seconds" }
last_test_at = { type = "time",  says = "last successful test; null = never" }
last_any_at  = { type = "time",  says = "last test of any outcome" }
test_every_s = { type = "int64", says = "interval asked for" }
---*/
with own as (
    select system_id, min(coalesce(tier, 'untiered')) as tier, min(rto_s) as rto_s
    from {{ ref('system_names') }}
    where is_in_scope and (in_service_to is null or in_service_to > {{ var('as_of') }})
      and (in_service_from is null or in_service_from < {{ var('as_of') }})
    group by system_id
),
asked as (
    select system_id, cast(min(test_every_s) as bigint) as test_every_s
    from {{ ref('policies') }}
    where valid_from <= {{ var('as_of') }} and (valid_to is null or valid_to > {{ var('as_of') }})
    group by system_id
),
tested as (
    select system_id, max(case when is_ok then tested_at end) as last_test_at, max(tested_at) as last_any_at
    from {{ ref('restore_evidence') }}
    group by system_id
),
joined as (
    select o.system_id as system_id, o.tier as tier, o.rto_s as rto_s, t.last_test_at as last_test_at,
           t.last_any_at as last_any_at, coalesce(a.test_every_s, 31536000) as test_every_s
    from own as o
    left join asked as a on o.system_id = a.system_id
    left join tested as t on o.system_id = t.system_id
)
select system_id, tier, rto_s, last_test_at, last_any_at, test_every_s
from joined
where last_test_at is null
   or micros_between(last_test_at, {{ var('as_of') }}) > test_every_s * 1000000
order by tier nulls last, system_id nulls last
