/*---
title  = "Failures with their cause"
grain  = "one row per run that was not ok as the vendor counts"
says   = "class by rule over all messages; unknown is a class"
checks = ["unique(source_id, run_id)"]

[columns]
source_id = { type = "text", says = "source" }
run_id    = { type = "text", says = "run" }
system_id = { type = "text", says = "system" }
tier      = { type = "text", says = "tier" }
environment = { type = "text", says = "environment" }
coverage  = { type = "text", says = "attempts or survivors" }
operation = { type = "text", says = "operation" }
anchor_at = { type = "time", says = "instant by which it is filed" }
outcome   = { type = "text", says = "computed outcome" }
class     = { type = "text", says = "root-cause class" }
rule_id   = { type = "text", says = "rule that decided" }
evidence  = { type = "text", says = "code, text or context" }
matched_text = { type = "text", says = "text that the rule matched" }
signature = { type = "text", says = "class, code and message with what varies masked" }
---*/
select
    c.source_id     as source_id,
    c.run_id        as run_id,
    r.system_id     as system_id,
    r.tier          as tier,
    r.environment   as environment,
    r.coverage      as coverage,
    r.operation     as operation,
    r.anchor_at     as anchor_at,
    r.outcome       as outcome,
    c.class         as class,
    c.rule_id       as rule_id,
    c.evidence      as evidence,
    c.matched_text  as matched_text,
    c.signature     as signature
from {{ ref('failure_causes') }} as c
join {{ ref('stg_job_runs') }} as r on c.source_id = r.source_id and c.run_id = r.run_id
where r.is_counted and not r.is_ok_vendor and r.is_in_scope and not r.is_rollup
