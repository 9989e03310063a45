with failures as (
    select system_ref, anchor_at, run_id
    from {{ ref('job_runs') }}
    where outcome = 'failed'
)
select c.system_ref as system_ref, count(*) as n
from {{ ref('changes') }} as c
join failures as f
  on c.system_ref = f.system_ref
 and f.anchor_at >= c.actual_end_at
 and f.anchor_at < c.actual_end_at + interval '24 hours'
group by c.system_ref
order by system_ref nulls last
