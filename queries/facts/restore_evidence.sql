/*---
title  = "Restore tests and drills, resolved"
grain  = "one row per finished restore test, drill or real restore"
says   = "recovery time measured, never computed; a failed validation is a failure"
checks = ["unique(source_id, test_id)"]

[columns]
source_id = { type = "text", says = "source" }
test_id   = { type = "text", says = "test" }
system_id = { type = "text", says = "system; `unresolved` when no list knows the name" }
tier      = { type = "text", says = "tier" }
kind      = { type = "text", says = "real, drill, automated, sample" }
scenario  = { type = "text", says = "what was restored" }
tested_at = { type = "time", says = "when" }
is_ok     = { type = "bool", says = "succeeded and not found invalid" }
validated = { type = "text", says = "ok, failed, timeout, none" }
is_validated = { type = "bool", says = "by a check, by its owner or by a checksum, and not found invalid" }
is_from_offline = { type = "bool", says = "from an offline copy" }
rta_us    = { type = "int64", says = "recovery time measured; null when not recorded" }
rto_us    = { type = "int64", says = "objective; null without one" }
---*/
select
    t.source_id                             as source_id,
    t.test_id                               as test_id,
    coalesce(n.system_id, 'unresolved')     as system_id,
    case when n.system_id is null then 'unresolved' else coalesce(n.tier, 'untiered') end as tier,
    t.kind                                  as kind,
    t.scenario                              as scenario,
    t.anchor_at                             as tested_at,
    t.outcome = 'success' and coalesce(t.validated, 'none') not in ('failed', 'timeout') as is_ok,
    t.validated                             as validated,
    coalesce(t.validated, 'none') not in ('failed', 'timeout') and (
        coalesce(t.validated, 'none') = 'ok' or coalesce(t.is_checksum_ok, false) or t.owner_validated_at is not null
    )                                       as is_validated,
    coalesce(t.is_from_offline, false)      as is_from_offline,
    micros(t.rto_actual_s)                  as rta_us,
    micros(n.rto_s)                         as rto_us
from {{ ref('restore_tests') }} as t
left join {{ ref('system_names') }} as n on t.system_ref = n.name
where t.outcome not in ('running', 'skipped', 'refused', 'missed') and t.anchor_at < {{ var('as_of') }}
