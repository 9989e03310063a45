/*---
title  = "Silent failures of the period"
grain  = "one row per silent failure"
says   = "what failed without an error, since when, and when somebody or something noticed"
needs  = ["expected_runs", "systems"]

[columns]
system_id    = { type = "text",  says = "system" }
tier         = { type = "text",  says = "tier" }
kind         = { type = "text",  says = "no_attempt, absent_point, empty_success" }
since_at     = { type = "time",  says = "deadline, or the run itself" }
detected_at  = { type = "time",  says = "first alert or incident on the system within 7 days; null = nobody noticed" }
detection_us = { type = "int64", says = "until it was noticed, else until as_of" }
is_detected  = { type = "bool",  says = "somebody or something noticed" }
detection_delay_s = { type = "float", says = "seconds until it was noticed; null = not yet" }
---*/
select
    system_id, tier, kind, since_at, detected_at, detection_us, is_detected,
    case when is_detected then cast(detection_us as double) / cast(1000000 as double) end as detection_delay_s
from {{ ref('silent_failures_all') }}
where since_at >= {{ var('from') }} and since_at < {{ var('to') }}
order by since_at nulls last, system_id nulls last, kind nulls last
