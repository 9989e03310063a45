select environment, level, count(*) as n, median(duration_s) as median_s
from {{ ref('job_runs') }}
where outcome = 'success'
group by environment, level
order by environment nulls last, level nulls last
