with by_client as (
    select month(anchor_at) as month, host_name, sum(source_bytes) as source_bytes
    from {{ ref('job_runs') }}
    group by month(anchor_at), host_name
),
ranked as (
    select month, host_name, source_bytes,
           row_number() over (partition by month order by -source_bytes nulls first, host_name nulls first) as place
    from by_client
)
select month, place, host_name, source_bytes
from ranked
where place <= 10
order by month nulls last, place nulls last
