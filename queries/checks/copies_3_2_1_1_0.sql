/*---
title  = "Systems without enough separate copies"
grain  = "one row per violating system"
says   = "production and at least two copies, on two media, one offsite, one offline or immutable"
needs  = ["restore_points.media_kind"]
checks = ["unique(system_id)"]
population = "systems_in_scope"

[columns]
system_id     = { type = "text",  says = "system" }
tier          = { type = "text",  says = "tier" }
place_count   = { type = "int64", says = "sources that hold a copy" }
media_count   = { type = "int64", says = "kinds of media" }
offsite_count = { type = "int64", says = "copies offsite" }
fixed_count   = { type = "int64", says = "copies offline or immutable" }
---*/
with held as (
    select
        system_id,
        count(distinct source_id)   as place_count,
        count(distinct media_kind)  as media_count,
        sum(case when is_offsite then 1 else 0 end) as offsite_count,
        sum(case when is_offline or lock_mode in ('governance', 'compliance', 'legal_hold', 'vendor')
                 then 1 else 0 end) as fixed_count
    from {{ ref('retained_copies') }}
    where system_id is not null
    group by system_id
),
joined as (
    select s.system_id as system_id, s.tier as tier,
           coalesce(h.place_count, 0) as place_count, coalesce(h.media_count, 0) as media_count,
           coalesce(h.offsite_count, 0) as offsite_count, coalesce(h.fixed_count, 0) as fixed_count
    from {{ ref('systems_in_scope') }} as s
    left join held as h on s.system_id = h.system_id
)
select system_id, tier, place_count, media_count, offsite_count, fixed_count
from joined
where place_count < 2 or media_count < 2 or offsite_count = 0 or fixed_count = 0
order by system_id nulls last
