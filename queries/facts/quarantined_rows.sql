/*---
title  = "Rows that could not be loaded"
grain  = "one row per quarantined value"
says   = "where it stood, why it was set aside, and the raw text"

[columns]
source_id  = { type = "text",  says = "source" }
input_name = { type = "text",  says = "file, member or command" }
input_row  = { type = "int64", says = "1-based record number" }
column     = { type = "text",  says = "canonical column; empty = the whole record" }
reason     = { type = "text",  says = "why" }
value      = { type = "text",  says = "the text that could not be used" }
raw        = { type = "text",  says = "the record" }
load_id    = { type = "text",  says = "load that put it aside" }
replayed_by = { type = "text", says = "later load that took it in; null = none" }

[vars]
source = { default = "", says = "only this source; empty = all" }
---*/
select l.source_id as source_id, l.input_name as input_name, q.input_row as input_row, q.column as column,
       q.reason as reason, q.value as value, q.raw as raw, q.load_id as load_id,
       q.replayed_by as replayed_by
from {{ ref('quarantine') }} as q
join {{ ref('load_log') }} as l on q.load_id = l.load_id
where {{ var('source') }} = '' or l.source_id = {{ var('source') }}
order by source_id nulls last, input_name nulls last, input_row nulls last, column nulls last
