with good as (
    select system_ref, ended_at, run_id
    from {{ ref('job_runs') }}
    where protects_data
),
gaps as (
    select system_ref, ended_at,
           lag(ended_at, 1) over (partition by system_ref order by ended_at nulls first, run_id nulls first) as before_at
    from good
)
select system_ref, count(*) as n, max(micros_between(before_at, ended_at)) as worst_us
from gaps
where before_at is not null
group by system_ref
order by system_ref nulls last
