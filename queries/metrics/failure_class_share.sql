/*---
title  = "Failures by root-cause class"
grain  = "one row per class"
says   = "backup runs that failed, by class / all that failed; the share of unknown is always shown; lists of survivors hold no failures"
checks = ["unique(class)", "k <= n"]
needs  = ["failure_causes"]

[columns]
class = { type = "text",  says = "connectivity, storage, authentication ..., unknown" }
k     = { type = "int64", says = "failed runs of the class" }
n     = { type = "int64", says = "failed runs" }
system_count = { type = "int64", says = "systems hit" }

[[steps]]
step = "proportion"
k    = "k"
n    = "n"
---*/
with failures as (
    select * from {{ ref('classified_failures') }}
    where operation = 'backup' and coverage = 'attempts'
      and anchor_at >= {{ var('from') }} and anchor_at < {{ var('to') }}
),
by_class as (
    select class, count(*) as k, count(distinct system_id) as system_count
    from failures group by class
),
total as (
    select count(*) as n from failures
)
select b.class as class, b.k as k, t.n as n, b.system_count as system_count
from by_class as b cross join total as t
order by k desc nulls last, class nulls last
