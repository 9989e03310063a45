/*---
title  = "Failures after changes"
grain  = "one row per kind of change"
says   = "expected runs not fulfilled within 24 h after a change on the same system, against the same systems without a change; associated with, never caused by"
checks = ["unique(change_type)", "k <= n", "control_k <= control_n"]
needs  = ["changes", "expected_runs"]

[columns]
change_type  = { type = "text",  says = "standard, normal, emergency, other" }
change_count = { type = "int64", says = "changes with an expected run in the 24 h after" }
k            = { type = "int64", says = "expected runs not fulfilled after a change" }
n            = { type = "int64", says = "expected runs after a change" }
control_k    = { type = "int64", says = "not fulfilled, same systems, no change in the 24 h before" }
control_n    = { type = "int64", says = "expected runs, same systems, no change in the 24 h before" }

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
    select change_id, coalesce(kind, 'other') as change_type, system_id, done_at
    from {{ ref('stg_changes_resolved') }}
    where status <> 'canceled'
),
expected as (
    select expected_id, system_id, due_at, 1 - vendor_count as bad_count
    from {{ ref('expected_outcomes') }}
    where due_at >= {{ var('from') }} and due_at < {{ var('to') }}
),
after as (
    select m.change_type as change_type, m.change_id as change_id, e.expected_id as expected_id,
           e.system_id as system_id, e.bad_count as bad_count
    from expected as e
    join made as m
        on e.system_id = m.system_id and e.due_at >= m.done_at and e.due_at < m.done_at + interval '24 hours'
),
changed_ids as (
    select distinct expected_id from after
),
changed_systems as (
    select distinct change_type, system_id from after
),
calm as (
    select e.system_id as system_id, e.bad_count as bad_count
    from expected as e
    left join changed_ids as c on e.expected_id = c.expected_id
    where c.expected_id is null
),
controls as (
    select s.change_type as change_type, sum(c.bad_count) as control_k, count(*) as control_n
    from changed_systems as s
    join calm as c on s.system_id = c.system_id
    group by s.change_type
),
affected as (
    -- an expected run after two changes of one kind counts once
    select change_type, expected_id, max(bad_count) as bad_count
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
left join controls as o on t.change_type = o.change_type
order by change_type nulls last
