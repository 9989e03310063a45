select count(*) - 5 as n from e
select count(*) as n, count(v) as m, count(distinct g) as d from t
select sum(v) as s, avg(v) as a, min(v) as lo, max(v) as hi, median(v) as mid from t
select sum(v) as s, avg(v) as a, min(g) as lo, max(b) as hi, median(v) as mid from e
select g, count(*) as n from e group by g
select g, sum(v) filter (where k > 100) as s, count(*) filter (where v > 0 and b) as n from t group by g
select g, count(distinct k) filter (where b) as n, min(started_at) filter (where v > 0) as m from t group by g
select g, avg(v) filter (where b) as a, max(v) filter (where not b) as m from t group by g
select at from t where at >= timestamp '2026-07-01 00:00:00'
select timestamp '2026-07-01 00:00:00.123456' as x, true as y, null as z, 'it''s' as s, 'a\b' as w from u
select at, case when at is null then timestamp '2026-07-01 00:00:00' else at end as x from t
select t.g as tg, u.g as ug, w.g as wg, w.k as wk from t join u on t.g = u.g join w on u.k = w.k
select t.g as tg, u.g as ug, w.k as wk from t left join u on t.g = u.g left join w on u.k = w.k
select t.g as tg, u.k as uk, w.k as wk from t join u on t.g = u.g and t.k = u.k left join w on w.k = u.k and w.g = t.g
select t.k as tk, u.k as uk, w.k as wk from t join u on t.g = u.g join w on u.g = w.g and u.k <= w.k
select a.v as av, b.v as bv, c.v as cv from t as a join t as b on a.k = b.k join t as c on b.v = c.v
select a.g, b.w as bw, c.w as cw from t as a left join u as b on a.k = b.k left join u as c on a.v = c.k
select a.g, b.w as bw, c.w as cw from t as a join u as b on a.k = b.k join u as c on b.k > c.k and b.g = c.g
select t.k from t left join u on t.k = u.k where u.k is null
select t.k, u.w from t left join u on u.k = t.k
select u.b as ub, t.b as tb from t join u on t.k = u.k
select t.* from t join u on t.k = u.k
select t.k as a, u.k as b from t cross join u where t.k < u.k
select t.k as a, u.k as b from t join u on t.g = u.g and u.k >= t.k and u.w > t.v
select t.k as a, u.k as b from t join u on t.k = u.k and t.g <> u.g
select t.k from t semi join u on t.k = u.k and t.g = u.g
select t.k from t left anti join u on t.k = u.k
select t.k, w.y from t anti join u on t.k = u.k left join w on t.g = w.g
select a.f, b.f as bf from t as a join t as b on a.f = b.f
select a.at, b.at as bat from t as a join t as b on a.at < b.at and a.g = b.g
select coalesce(u.w, t.v) as x, case when u.b then t.v else u.w end as y from t left join u on t.k = u.k
select t.g, count(u.k) as n, sum(u.w) as s from t left join u on t.g = u.g group by t.g
select x.g, x.n from (select t.g, count(*) as n from t left join u on t.k = u.k group by t.g) as x
select coalesce(t.g, u.g) as gg, count(*) as n from t left join u on t.k = u.k group by coalesce(t.g, u.g)
select a.k, b.m from u as a cross join (select count(*) as m from e) as b
select a.k from u as a cross join (select max(w) as m from u) as b where a.w = b.m
select k from t where k in (select k from u)
select k from t where k in (select k from u where b) and v is not null
select k from t where k in (select k from u) or v = 7
select k from t where k not in (1, 2) and g in ('a', 'b')
select k from t where k not between 2 and 3
select g, v, us, row_number() over (partition by g order by us nulls first, v nulls first) as n from t
select g, v, us, row_number() over (partition by g order by us desc nulls first, v desc nulls first) as n from t
select k, rank() over (order by k nulls first) as r, dense_rank() over (order by k nulls first) as d from t
select k, rank() over (order by k desc nulls last) as r, dense_rank() over (order by k desc nulls last) as d from t
select g, k, rank() over (partition by g order by v nulls first) as r from t
select k, g, rank() over (order by k nulls first, g nulls first) as r from t
select us, v, lag(v) over (order by us nulls first, v nulls first) as p, lead(v, 2) over (order by us nulls first, v nulls first) as q from t
select us, v, coalesce(lag(v) over (partition by g order by us nulls first, v nulls first), -1) as y from t
select at, v, micros_between(lag(at) over (order by at nulls first, v nulls first), at) as x from t
select us, v, sum(v) over (order by us nulls first, v nulls first rows between unbounded preceding and current row) as s from t
select us, v, count(*) over (partition by b order by us nulls first, v nulls first rows between unbounded preceding and current row) as s from t
select us, v, count(v) over (order by us desc nulls first, v desc nulls first rows between unbounded preceding and current row) as s from t
select us, v, max(case when b then us end) over (partition by g order by us nulls first, v nulls first rows between unbounded preceding and current row) as s from t
select us, v, sum(case when b then 1 else 0 end) over (order by us desc nulls first, v desc nulls first rows between unbounded preceding and current row) as s from t
select g, v, count(*) over (partition by g) as n, sum(v) over (partition by g) as s, max(v) over (partition by g) as m, avg(v) over (partition by g) as a, min(at) over (partition by g) as lo, count(*) over () as c from t
select t.k, u.w, row_number() over (partition by t.g order by u.w nulls first, t.us nulls first, t.v nulls first) as n from t join u on t.k = u.k
select k from t where b is true
select k from t where b is not true
select k, v > 0 is false as x, (v > 0) is not false as y, b is null as z from t
select k, not b as x, b or null as y, b and v > 0 as z, coalesce(b, false) as w from t
select k, v is distinct from 7 as x, g is not distinct from s as y from t
select v in (7, 3) as x, not (v > 0) as y from t
select g || s as x, upper(s) as a, lower(s) as b, trim(s) as c, length(s) as n, replace(s, 'x', 'z') as d, starts_with(s, 'a') as e from t
select substring(s, 1, 1) as a, substring(s, 2) as b from t
select s like 'a%' as a, s like '_' as b, s not like '%b' as c, s ilike 'X' as d, matches(s, '^[xY]') as e from t
select case s when 'x' then 1 when 'Y' then 2 else 3 end as a, case when v > 0 then 'p' end as b from t
select nullif(k, 2) as a, coalesce(v, k, 0) as b, greatest(k, v) as c, least(k, v, 3) as d, abs(v) as e, -v as f, k - -1 as h from t
select greatest(at, timestamp '2026-07-01 12:00:00') as x, coalesce(at, timestamp '2026-01-01 00:00:00') as y from t
select extract(hour from at) * 100 + extract(minute from at) as h, extract(year from at) as y, extract(isodow from at) as i, extract(month from at) as m, extract(day from at) as d from t
select month(at) as m, day(at) as d from t
select date_trunc('hour', at) as a, date_trunc('day', at) as b, date_trunc('week', at) as c, date_trunc('month', at) as d, date_trunc('quarter', at) as e, date_trunc('year', at) as f from t
select month(at) as month, count(*) as n from t group by month
select g, date_trunc('day', at) as d, count(*) as n from t group by g, date_trunc('day', at)
select micros_between(timestamp '2026-07-01 00:00:00', at) as d, micros_between(at, at) as z from t
select at + interval '24 hours' as a, at - interval '90 days' as b, add_hours(at, 36) as c, add_hours(at, k) as d, add_hours(at, -k) as e, add_micros(at, v) as f, add_micros(at, 1 + 1) as h from t
select micros(f) as a, micros(f * 3) as b from t
select quantile(v, 0.5) as a, quantile(v, 0.9) as b, quantile(v, 0) as c, median(v) as d from t
select g, quantile(v, 0.25) as x, median(f) as y from t group by g
select cast(v as double) / cast(k - 2 as double) as x, cast(v as double) / nullif(cast(k as double), 0) as y, cast(v as double) * 0.5 as z from t
select cast(null as bigint) as x, cast(null as text) as y, cast(null as timestamp) as z, cast(null as boolean) as a, cast(null as double) as b, 5 as c, -5 as d from u
select x, sum(y) as s from (select g as x, case when k = 1 then 2000000000 else 2000000000 end as y from t) as q group by x
select sum(case when k > 0 then 3 else 0 end) - count(*) as s from t
select g, sum(v) as s from t group by g having sum(v) > 5 and count(*) > 1
select g, coalesce(sum(v), 0) as s, case when count(*) > 1 then max(k) end as m from t group by g
select g, string_agg(s, ',' order by s) as x from t group by g
select g from t union select g from u
select g from t union all select g from u union all select g from w
select g, 1 as x from t union all select g, k as x from u
select g, null as x from t union all select g, k as x from u
select g, cast(null as timestamp) as x from t union all select s, at from t
select g, k from t intersect select g, k from u
select g, k from t except select g, k from u
select distinct g, b from t
select count(*) as n from (select distinct g, k from t) as x
with x as (select g, count(*) as n from t group by g), tot as (select sum(n) as n from x) select x.g, x.n, tot.n - x.n as rest from x cross join tot
with s as (select g, us, v, row_number() over (partition by g order by us nulls first, v nulls first) as n from t) select g, us, v from s where n = 1
with a as (select g, k from t where v > 0), b as (select g, max(k) as k from a group by g) select a.g, a.k from a join b on a.g = b.g and a.k = b.k
select g, k, v from t order by k desc nulls last, v nulls first, g nulls first limit 3
select g as x, count(*) as n from t group by g order by n desc nulls last, x nulls first limit 2
select t.k as a, u.k as b from t join u on t.k < u.k + 1
select t.k as a, u.k as b from t join u on t.k + 1 > u.k - 1 and t.g = u.g
select a.at, b.at as bat from t as a join t as b on a.at > b.at - interval '24 hours' and a.at < b.at + interval '1 hours'
with s as (select timestamp '2026-07-01 00:00:00' as x, 5 as y) select t.k, s.y, t.at - interval '1 days' as z from t cross join s where t.at >= s.x
select cast(f as bigint) as x, cast(-f - 0.4 as bigint) as y, cast(k as bigint) as z, cast(sum(k) over () as bigint) as w from t
select g, k, us from t order by case g when 'b' then 0 else 1 end nulls last, g nulls last, us nulls last limit 3
