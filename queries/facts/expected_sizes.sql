/*---
title  = "Expected runs with their bytes"
grain  = "one row per expected backup run that is due and not excluded"
says   = "unknown bytes are the median of the last ten ok runs before it for the same policy, and marked; null without any"
checks = ["unique(expected_id)"]

[columns]
expected_id   = { type = "text",  says = "expected run" }
tier          = { type = "text",  says = "tier" }
due_at        = { type = "time",  says = "when it is due" }
strict_count  = { type = "int64", says = "1 when fulfilled, warnings fail" }
vendor_count  = { type = "int64", says = "1 when fulfilled, as the vendor counts" }
lenient_count = { type = "int64", says = "1 when fulfilled, warnings pass" }
unmapped_count = { type = "int64", says = "1 when the matched run was never ok and a status word of it is not known" }
size_bytes    = { type = "int64", says = "bytes of the matched run, else the usual ones" }
is_imputed    = { type = "bool",  says = "the bytes are the usual ones" }
---*/
with expected as (
    select * from {{ ref('expected_outcomes') }}
),
earlier as (
    select
        e.expected_id   as expected_id,
        o.source_bytes  as source_bytes,
        row_number() over (
            partition by e.expected_id order by o.due_at desc nulls first, o.expected_id desc nulls first
        ) as place
    from expected as e
    join expected as o on e.policy_id = o.policy_id and e.due_at > o.due_at
    where e.source_bytes is null and o.source_bytes is not null
),
usual as (
    select expected_id, cast(median(source_bytes) as bigint) as usual_bytes
    from earlier
    where place <= 10
    group by expected_id
)
select
    e.expected_id                                           as expected_id,
    e.tier                                                  as tier,
    e.due_at                                                as due_at,
    e.strict_count                                          as strict_count,
    e.vendor_count                                          as vendor_count,
    e.lenient_count                                         as lenient_count,
    e.unmapped_count                                        as unmapped_count,
    coalesce(e.source_bytes, u.usual_bytes)                 as size_bytes,
    e.source_bytes is null and u.usual_bytes is not null    as is_imputed
from expected as e
left join usual as u on e.expected_id = u.expected_id
