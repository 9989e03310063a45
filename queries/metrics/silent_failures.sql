/*---
title  = "Silent failures of the period"
grain  = "one row per system and kind"
says   = "what failed without an error, since when, and whether anybody noticed"
checks = ["unique(system_id, kind)"]
needs  = ["expected_runs", "systems"]

[columns]
system_id   = { type = "text",  says = "system" }
tier        = { type = "text",  says = "tier" }
kind        = { type = "text",  says = "no_attempt, absent_point, empty_success" }
n           = { type = "int64", says = "silent failures" }
since_at    = { type = "time",  says = "first" }
last_at     = { type = "time",  says = "last" }
undetected_count = { type = "int64", says = "of these, nobody opened an incident within 7 days" }
detected_at = { type = "time",  says = "first time somebody noticed" }
---*/
select
    system_id,
    min(tier)           as tier,
    kind,
    count(*)            as n,
    min(since_at)       as since_at,
    max(since_at)       as last_at,
    sum(case when is_detected then 0 else 1 end) as undetected_count,
    min(detected_at)    as detected_at
from {{ ref('silent_failures_all') }}
where since_at >= {{ var('from') }} and since_at < {{ var('to') }}
group by system_id, kind
order by n desc nulls last, system_id nulls last, kind nulls last
