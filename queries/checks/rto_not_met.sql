/*---
title  = "Last restore tests that missed the recovery time objective"
grain  = "one row per system whose last test failed, was too slow or was not measured; systems never tested are not proven"
says   = "measured recovery time of the last test > RTO, or the test failed"
needs  = ["restore_tests", "systems"]
checks = ["unique(system_id)"]
population = "systems_in_scope"

[columns]
system_id = { type = "text",  says = "system" }
tier      = { type = "text",  says = "tier" }
tested_at = { type = "time",  says = "last test" }
is_ok     = { type = "bool",  says = "it succeeded" }
rta_us    = { type = "int64", says = "measured recovery time" }
rto_s     = { type = "float", says = "objective, seconds" }
finding   = { type = "text",  says = "violation; unproven when never tested or not measured" }
---*/
with numbered as (
    select t.*, row_number() over (partition by system_id order by tested_at desc nulls first, test_id desc nulls first) as place
    from {{ ref('restore_evidence') }} as t
),
joined as (
    select s.system_id as system_id, s.tier as tier, n.tested_at as tested_at, n.is_ok as is_ok,
           n.rta_us as rta_us, s.rto_s as rto_s,
           case when n.tested_at is null then 'unproven'
                when not n.is_ok or n.rta_us > micros(s.rto_s) then 'violation'
                when n.rta_us is null then 'unproven' end as finding
    from {{ ref('systems_in_scope') }} as s
    left join (select * from numbered where place = 1) as n on s.system_id = n.system_id
    where s.rto_s is not null
)
select system_id, tier, tested_at, is_ok, rta_us, rto_s, finding
from joined
where finding is not null
order by finding desc nulls last, system_id nulls last
