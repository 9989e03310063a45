/*---
title  = "Changes followed by a failure or an incident"
grain  = "one row"
says   = "distinct changes ended in the period with a linked incident, or an unfulfilled expected run of the same system within 24 h / changes ended in the period"
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
with made as (
    select change_id, coalesce(kind, 'other') as change_type, system_id, done_at
    from {{ ref('stg_changes_resolved') }}
    where status <> 'canceled'
),
ended as (
    select * from made where done_at >= {{ var('from') }} and done_at < {{ var('to') }}
),
followed as (
    select distinct e.change_id as change_id
    from ended as e
    join {{ ref('expected_outcomes') }} as x
        on e.system_id = x.system_id and x.due_at >= e.done_at and x.due_at < e.done_at + interval '24 hours'
    where x.vendor_count = 0
    union all
    select distinct i.change_id as change_id
    from {{ ref('incident_times') }} as i
    join ended as e on i.change_id = e.change_id
),
distinct_followed as (
    select distinct change_id from followed
)
select
    sum(case when f.change_id is not null then 1 else 0 end) as k,
    count(*) as n
from ended as e
left join distinct_followed as f on e.change_id = f.change_id
