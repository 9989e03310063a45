/*---
title  = "Changes followed by a failure or an incident"
grain  = "one row"
says   = "distinct changes ended in the period with a linked incident, or a failed run or an unfulfilled expected run of the same system within 24 h / changes ended in the period"
checks = ["k <= n"]
needs  = ["changes"]

[columns]
k = { type = "int64", says = "changes followed by a failure or incident" }
n = { type = "int64", says = "changes" }

[[steps]]
step = "proportion"
k    = "k"
n    = "n"
---*/
with ended as (
    -- planned is not done: a change counts when it was begun, or its status says so
    select source_id, change_id, system_id, done_at
    from {{ ref('stg_changes_resolved') }}
    where status <> 'canceled'
      and (actual_start_at is not null or actual_end_at is not null or status in ('implementing', 'review', 'closed'))
      and done_at >= {{ var('from') }} and done_at < {{ var('to') }} and done_at < {{ var('as_of') }}
),
followed as (
    select e.source_id as source_id, e.change_id as change_id
    from ended as e
    join {{ ref('expected_outcomes') }} as x
        on e.system_id = x.system_id and x.due_at >= e.done_at and x.due_at < e.done_at + interval '24 hours'
    where x.vendor_count = 0
    union all
    -- recovered by a retry, or nobody asked for it
    select e.source_id as source_id, e.change_id as change_id
    from ended as e
    join {{ ref('chained_runs') }} as r
        on e.system_id = r.system_id and r.anchor_at >= e.done_at and r.anchor_at < e.done_at + interval '24 hours'
    where not r.is_ok_vendor
    union all
    select e.source_id as source_id, e.change_id as change_id
    from {{ ref('incident_times') }} as i
    join ended as e on i.change_id = e.change_id
),
distinct_followed as (
    select distinct source_id, change_id from followed
)
select
    coalesce(sum(case when f.change_id is not null then 1 else 0 end), 0) as k,
    count(*) as n
from ended as e
left join distinct_followed as f on e.source_id = f.source_id and e.change_id = f.change_id
