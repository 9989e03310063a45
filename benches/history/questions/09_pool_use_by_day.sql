select pool_id, day(at) as day, max(used_bytes) as used_bytes, min(available_bytes) as available_bytes
from {{ ref('storage_samples') }}
group by pool_id, day(at)
order by pool_id nulls last, day nulls last
