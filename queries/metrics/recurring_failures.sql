/*---
title  = "Failures that come back"
grain  = "one row per signature seen at least three times in the period"
says   = "backup runs that failed with the same class, code and masked message"
checks = ["unique(signature)"]
needs  = ["failure_causes"]

[columns]
signature    = { type = "text",  says = "class, code and message with what varies masked" }
class        = { type = "text",  says = "root-cause class" }
system_count = { type = "int64", says = "systems hit" }
n            = { type = "int64", says = "failed runs" }
first_at     = { type = "time",  says = "first of the period" }
last_at      = { type = "time",  says = "last of the period" }

[vars]
count_min = { default = 3, says = "times a signature must be seen" }
---*/
select
    signature,
    min(class)                  as class,
    count(distinct system_id)   as system_count,
    count(*)                    as n,
    min(anchor_at)              as first_at,
    max(anchor_at)              as last_at
from {{ ref('classified_failures') }}
where operation = 'backup' and coverage = 'attempts'
  and anchor_at >= {{ var('from') }} and anchor_at < {{ var('to') }}
group by signature
having count(*) >= {{ var('count_min') }}
order by n desc nulls last, signature nulls last
