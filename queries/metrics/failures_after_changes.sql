/*---
title  = "Failures after changes"
grain  = "one row per kind of change"
says   = "expected runs not fulfilled that were due within 24 h after a change on the same system, against those of the same system, weekday and hour of the four weeks before without a change within 24 h; associated with, never caused by"
checks = ["unique(change_type)", "k <= n", "control_k <= control_n"]
needs  = ["changes", "expected_runs"]

[columns]
change_type  = { type = "text",  says = "standard, normal, emergency, other" }
change_count = { type = "int64", says = "changes with an expected run in the 24 h after" }
k            = { type = "int64", says = "expected runs not fulfilled after a change" }
n            = { type = "int64", says = "expected runs after a change" }
control_k    = { type = "int64", says = "of the control runs, not fulfilled" }
control_n    = { type = "int64", says = "control runs: same system, weekday and hour (90 minutes either way, for clock changes), no change within 24 h" }

[[steps]]
step   = "compare"
kind   = "rates"
k      = "k"
n      = "n"
base_k = "control_k"
base_n = "control_n"

[[steps]]
step   = "adjust"
p      = "p"
---*/
with made as (
    -- planned is not done: a change counts when it was begun, or its status says so
    select source_id || ' ' || change_id as change_id, coalesce(kind, 'other') as change_type, system_id, done_at
    from {{ ref('stg_changes_resolved') }}
    where status <> 'canceled' and done_at < {{ var('as_of') }}
      and (actual_start_at is not null or actual_end_at is not null or status in ('implementing', 'review', 'closed'))
),
expected as (
    select expected_id, system_id, due_at, 1 - vendor_count as bad_count
    from {{ ref('expected_outcomes') }}
    where due_at >= add_hours({{ var('from') }}, -674) and due_at < {{ var('to') }}
),
after as (
    select m.change_type as change_type, m.change_id as change_id, e.expected_id as expected_id,
           e.system_id as system_id, e.due_at as due_at, e.bad_count as bad_count
    from expected as e
    join made as m
        on e.system_id = m.system_id and e.due_at >= m.done_at and e.due_at < m.done_at + interval '24 hours'
    where e.due_at >= {{ var('from') }}
),
affected as (
    -- an expected run after two changes of one kind counts once
    select change_type, expected_id, min(system_id) as system_id, min(due_at) as due_at, max(bad_count) as bad_count
    from after
    group by change_type, expected_id
),
treated as (
    select change_type, sum(bad_count) as k, count(*) as n
    from affected group by change_type
),
counted as (
    select change_type, count(distinct change_id) as change_count
    from after group by change_type
),
weeks as (
    select 168 as hours union all select 336 as hours union all select 504 as hours union all select 672 as hours
),
wanted as (
    select a.change_type as change_type, a.system_id as system_id, add_hours(a.due_at, 0 - w.hours) as at
    from affected as a cross join weeks as w
),
near as (
    select distinct e.expected_id as expected_id
    from expected as e
    join made as m
        on e.system_id = m.system_id and e.due_at >= m.done_at - interval '24 hours'
       and e.due_at < m.done_at + interval '24 hours'
),
calm as (
    select e.expected_id as expected_id, e.system_id as system_id, e.due_at as due_at, e.bad_count as bad_count
    from expected as e
    left join near as n on e.expected_id = n.expected_id
    where n.expected_id is null
),
controls as (
    select distinct w.change_type as change_type, c.expected_id as expected_id, c.bad_count as bad_count
    from wanted as w
    join calm as c
        on w.system_id = c.system_id and c.due_at >= w.at - interval '90 minutes'
       and c.due_at <= w.at + interval '90 minutes'
),
controlled as (
    select change_type, sum(bad_count) as control_k, count(*) as control_n
    from controls group by change_type
)
select
    t.change_type   as change_type,
    c.change_count  as change_count,
    t.k             as k,
    t.n             as n,
    coalesce(o.control_k, 0) as control_k,
    coalesce(o.control_n, 0) as control_n
from treated as t
join counted as c on t.change_type = c.change_type
left join controlled as o on t.change_type = o.change_type
order by change_type nulls last
