select policy_name as tier, month(anchor_at) as month, count(*) as n,
       sum(case when outcome = 'success' then 1 else 0 end) as k
from {{ ref('job_runs') }}
group by policy_name, month(anchor_at)
order by tier nulls last, month nulls last
