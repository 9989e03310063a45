/*---
title  = "Expected runs with their bytes"
grain  = "one row per expected backup run that is due and not excluded"
says   = "unknown bytes are the median of the system's ok runs, and marked"
checks = ["unique(expected_id)"]

[columns]
expected_id   = { type = "text",  says = "expected run" }
tier          = { type = "text",  says = "tier" }
due_at        = { type = "time",  says = "when it is due" }
strict_count  = { type = "int64", says = "1 when fulfilled, warnings fail" }
vendor_count  = { type = "int64", says = "1 when fulfilled, as the vendor counts" }
lenient_count = { type = "int64", says = "1 when fulfilled, warnings pass" }
size_bytes    = { type = "int64", says = "bytes of the matched run, else of the system's usual run" }
is_imputed    = { type = "bool",  says = "the bytes are the usual ones" }
---*/
with usual as (
    select system_id, cast(median(source_bytes) as bigint) as usual_bytes
    from {{ ref('backup_runs') }}
    where ok_lenient_at is not null and source_bytes is not null
    group by system_id
)
select
    e.expected_id                                           as expected_id,
    e.tier                                                  as tier,
    e.due_at                                                as due_at,
    e.strict_count                                          as strict_count,
    e.vendor_count                                          as vendor_count,
    e.lenient_count                                         as lenient_count,
    coalesce(e.source_bytes, u.usual_bytes)                 as size_bytes,
    e.source_bytes is null and u.usual_bytes is not null    as is_imputed
from {{ ref('expected_outcomes') }} as e
left join usual as u on e.system_id = u.system_id
