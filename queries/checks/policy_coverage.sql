/*---
title  = "Systems without a valid policy, or with objectives that disagree"
grain  = "one row per violating system"
says   = "a backup policy is valid at as_of; policy and system name the same RPO and RTO"
checks = ["unique(system_id)"]
needs  = ["systems", "policies"]
population = "systems_in_scope"

[columns]
system_id = { type = "text", says = "system" }
tier      = { type = "text", says = "tier" }
reason    = { type = "text", says = "what is wrong" }
---*/
with valid as (
    select system_id, sum(case when operation = 'backup' then 1 else 0 end) as policy_count,
           min(rpo_s) as rpo_s, min(rto_s) as rto_s
    from {{ ref('policies') }}
    where valid_from <= {{ var('as_of') }} and (valid_to is null or valid_to > {{ var('as_of') }})
    group by system_id
),
own as (
    select system_id, min(rpo_s) as rpo_s, min(rto_s) as rto_s
    from {{ ref('systems') }}
    where valid_from <= {{ var('as_of') }} and (valid_to is null or valid_to > {{ var('as_of') }})
    group by system_id
),
joined as (
    select s.system_id as system_id, s.tier as tier, coalesce(v.policy_count, 0) as policy_count,
           v.rpo_s <> o.rpo_s or v.rto_s <> o.rto_s as is_different
    from {{ ref('systems_in_scope') }} as s
    left join valid as v on s.system_id = v.system_id
    left join own as o on s.system_id = o.system_id
)
select system_id, tier,
       case when policy_count = 0 then 'no valid policy' else 'policy and system objectives differ' end as reason
from joined
where policy_count = 0 or is_different
order by system_id nulls last
