/*---
title  = "Restore tests that nobody validated"
grain  = "one row per test of the period that ended well and was not validated, or was found invalid"
says   = "a check, the owner or a checksum validates a test; a failed validation is a violation"
needs  = ["restore_tests"]
population = "restore_evidence"

[columns]
system_id = { type = "text", says = "system" }
test_id   = { type = "text", says = "test" }
tested_at = { type = "time", says = "when" }
validated = { type = "text", says = "ok, failed, timeout, none" }
---*/
select system_id, test_id, tested_at, validated
from {{ ref('restore_evidence') }}
where tested_at >= {{ var('from') }} and tested_at < {{ var('to') }} and not is_validated
  and (is_ok or coalesce(validated, 'none') in ('failed', 'timeout'))
order by tested_at nulls last, test_id nulls last
