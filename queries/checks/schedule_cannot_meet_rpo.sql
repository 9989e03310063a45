/*---
title  = "Schedules that cannot meet the objective"
grain  = "one row per violating system"
says   = "longest gap between due instants in the period + 90th percentile of duration > RPO"
checks = ["unique(system_id)"]
needs  = ["expected_runs", "systems"]
population = "systems_in_scope"

[columns]
system_id = { type = "text",  says = "system" }
tier      = { type = "text",  says = "tier" }
rpo_s     = { type = "int64", says = "objective, seconds" }
gap_us    = { type = "int64", says = "longest gap between due instants" }
p90_us    = { type = "int64", says = "90th percentile of the durations of ok runs" }
---*/
with due as (
    -- the schedule as it is, maintenance included
    select system_id, due_at,
           lag(due_at, 1) over (partition by system_id order by due_at nulls first, expected_id nulls first) as before_at
    from {{ ref('expected_runs') }}
    where operation = 'backup' and due_at >= {{ var('from') }} and due_at < {{ var('to') }}
),
gaps as (
    select system_id, max(micros_between(before_at, due_at)) as gap_us
    from due where before_at is not null
    group by system_id
),
usual as (
    select system_id, cast(quantile(duration_us, 0.9) as bigint) as p90_us
    from {{ ref('chained_runs') }}
    where is_ok_lenient and duration_us is not null
      and anchor_at >= {{ var('from') }} and anchor_at < {{ var('to') }}
    group by system_id
),
joined as (
    select s.system_id as system_id, s.tier as tier, cast(s.rpo_s as bigint) as rpo_s,
           g.gap_us as gap_us, coalesce(u.p90_us, 0) as p90_us
    from {{ ref('systems_in_scope') }} as s
    join gaps as g on s.system_id = g.system_id
    left join usual as u on s.system_id = u.system_id
)
select system_id, tier, rpo_s, gap_us, p90_us
from joined
where gap_us + p90_us > rpo_s * 1000000
order by system_id nulls last
