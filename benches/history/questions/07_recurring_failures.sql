select job_id, count(*) as n, min(anchor_at) as first_at, max(anchor_at) as last_at
from {{ ref('job_runs') }}
where outcome = 'failed'
group by job_id
having count(*) >= 10
order by n desc nulls last, job_id nulls last
