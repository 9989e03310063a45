select attempt_no, count(*) as n, sum(case when outcome = 'success' then 1 else 0 end) as k
from {{ ref('job_runs') }}
group by attempt_no
order by attempt_no nulls last
