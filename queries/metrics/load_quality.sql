/*---
title  = "Rows in and what became of them"
grain  = "one row per source, adapter and table"
says   = "rows in = loaded + duplicate + quarantined, over all finished loads until as_of"
checks = ["unique(source_id, adapter_id, table_name)", "loaded <= rows_in"]
needs  = ["load_log"]

[columns]
source_id   = { type = "text",  says = "source" }
adapter_id  = { type = "text",  says = "adapter" }
table_name  = { type = "text",  says = "canonical table" }
coverage    = { type = "text",  says = "attempts or survivors; null for tables other than job_runs" }
input_count = { type = "int64", says = "inputs" }
rows_in     = { type = "int64", says = "rows that the adapter had to account for" }
loaded      = { type = "int64", says = "loaded" }
duplicate   = { type = "int64", says = "already there, or superseded" }
quarantined = { type = "int64", says = "set aside with a reason" }
last_loaded_at   = { type = "time",  says = "last load" }
---*/
with coverages as (
    select source_id, adapter_id, min(coverage) as coverage
    from {{ ref('job_runs') }}
    group by source_id, adapter_id
),
loads as (
    select
        source_id, adapter_id, table_name,
        count(*)                as input_count,
        sum(rows_in)            as rows_in,
        sum(rows_loaded)        as loaded,
        sum(rows_duplicate)     as duplicate,
        sum(rows_quarantined)   as quarantined,
        max(loaded_at)          as last_loaded_at
    from {{ ref('load_log') }}
    where loaded_at <= {{ var('as_of') }} and status in ('loaded', 'findings')
    group by source_id, adapter_id, table_name
)
select
    l.source_id as source_id, l.adapter_id as adapter_id, l.table_name as table_name, case when l.table_name = 'job_runs' then c.coverage end as coverage,
        l.input_count as input_count, l.rows_in as rows_in, l.loaded as loaded,
    l.duplicate as duplicate, l.quarantined as quarantined, l.last_loaded_at as last_loaded_at
from loads as l
left join coverages as c on l.source_id = c.source_id and l.adapter_id = c.adapter_id
order by source_id nulls last, adapter_id nulls last, table_name nulls last
