select extract(hour from scheduled_at) as hour, count(*) as n,
       quantile(micros_between(scheduled_at, started_at), 0.95) as p95_us
from {{ ref('job_runs') }}
group by extract(hour from scheduled_at)
order by hour nulls last
