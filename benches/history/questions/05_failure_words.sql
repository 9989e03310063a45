select sum(case when matches(message, 'connection|network|peer') then 1 else 0 end) as connectivity,
       sum(case when matches(message, 'space|quota|full') then 1 else 0 end) as storage,
       sum(case when matches(message, 'auth|password|credential') then 1 else 0 end) as authentication,
       sum(case when matches(message, 'lock|busy') then 1 else 0 end) as contention,
       count(*) as n
from {{ ref('job_runs') }}
where outcome = 'failed'
