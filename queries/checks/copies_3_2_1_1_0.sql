/*---
title  = "Systems without enough separate copies"
grain  = "one row per violating system, or of which it is not known"
says   = "production and at least two copies in different places, on two media, one offsite, one offline or immutable, and a verification or restore within 90 days without an error; a system that was backed up or restored but whose copies no source lists, or that only fails where media, offsite or lock are not stated, is not assessable"
needs  = ["restore_points.media_kind"]
checks = ["unique(system_id)"]
population = "systems_in_scope"

[columns]
system_id     = { type = "text",  says = "system" }
tier          = { type = "text",  says = "tier" }
place_count   = { type = "int64", says = "repositories, vaults or media that hold a copy" }
media_count   = { type = "int64", says = "kinds of media" }
offsite_count = { type = "int64", says = "copies offsite" }
fixed_count   = { type = "int64", says = "copies offline or immutable" }
error_count   = { type = "int64", says = "copies with failed integrity, and restores of the last 90 days that failed" }
verified_at   = { type = "time",  says = "newest verification or successful restore" }
finding       = { type = "text",  says = "violation, or not_assessable when the sources do not say" }
---*/
with held as (
    select
        system_id,
        count(distinct place)       as place_count,
        count(distinct media_kind)  as media_count,
        sum(case when is_offsite then 1 else 0 end)                 as offsite_count,
        sum(case when is_offline or is_locked then 1 else 0 end)    as fixed_count,
        sum(case when media_kind is null then 1 else 0 end)         as unknown_media_count,
        sum(case when is_offsite is null then 1 else 0 end)         as unknown_offsite_count,
        sum(case when not is_locked and not coalesce(is_offline, false) and (is_offline is null or lock_mode is null)
                 then 1 else 0 end)                                 as unknown_fixed_count,
        sum(case when integrity = 'failed' then 1 else 0 end)       as bad_count,
        max(case when integrity <> 'failed' then verified_at end)   as verified_at
    from {{ ref('retained_copies') }}
    where system_id is not null
    group by system_id
),
listed as (
    select distinct system_id
    from {{ ref('stg_restore_points') }}
    where system_id is not null
),
backed_up as (
    select distinct system_id
    from {{ ref('stg_job_runs') }}
    where protects_data and not is_rollup
),
restored as (
    select
        system_id,
        sum(case when not is_ok and tested_at >= add_hours({{ var('as_of') }}, -2160) then 1 else 0 end) as failed_count,
        max(case when is_ok then tested_at end) as restored_at
    from {{ ref('restore_evidence') }}
    group by system_id
),
joined as (
    select s.system_id as system_id, s.tier as tier,
           l.system_id is null and (b.system_id is not null or r.restored_at is not null) as is_unlisted,
           coalesce(h.unknown_media_count, 0) as unknown_media_count, coalesce(h.unknown_offsite_count, 0) as unknown_offsite_count,
           coalesce(h.unknown_fixed_count, 0) as unknown_fixed_count,
           coalesce(h.place_count, 0) as place_count, coalesce(h.media_count, 0) as media_count,
           coalesce(h.offsite_count, 0) as offsite_count, coalesce(h.fixed_count, 0) as fixed_count,
           coalesce(h.bad_count, 0) + coalesce(r.failed_count, 0) as error_count,
           case when h.verified_at > r.restored_at or r.restored_at is null then h.verified_at
                else r.restored_at end as verified_at
    from {{ ref('systems_in_scope') }} as s
    left join held as h on s.system_id = h.system_id
    left join restored as r on s.system_id = r.system_id
    left join listed as l on s.system_id = l.system_id
    left join backed_up as b on s.system_id = b.system_id
)
select system_id, tier, place_count, media_count, offsite_count, fixed_count, error_count, verified_at,
       case when error_count > 0 then 'violation'
            when is_unlisted then 'not_assessable'
            when place_count < 2
                or verified_at is null or verified_at < add_hours({{ var('as_of') }}, -2160) then 'violation'
            when media_count < 2 and unknown_media_count = 0 then 'violation'
            when offsite_count = 0 and unknown_offsite_count = 0 then 'violation'
            when fixed_count = 0 and unknown_fixed_count = 0 then 'violation'
            else 'not_assessable' end as finding
from joined
where place_count < 2 or media_count < 2 or offsite_count = 0 or fixed_count = 0 or error_count > 0
   or verified_at is null or verified_at < add_hours({{ var('as_of') }}, -2160)
order by system_id nulls last
