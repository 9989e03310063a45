/*---
title  = "Prices in force"
grain  = "one row per item with a price at as_of"
says   = "price at as_of, and the one before it in the same unit and currency"
checks = ["unique(item)"]
needs  = ["prices"]

[columns]
item        = { type = "text",  says = "what is priced" }
unit        = { type = "text",  says = "per what: `TB month`, `TiB`, `h`" }
currency    = { type = "text",  says = "ISO 4217" }
price_e4    = { type = "int64", says = "price in 1/10,000 of the currency unit" }
valid_from  = { type = "time",  says = "in force since" }
earlier_price_e4   = { type = "int64", says = "the price before; null = none known" }
earlier_valid_from = { type = "time",  says = "in force from" }
---*/
with valid as (
    select
        item, unit, currency, price_e4, valid_from,
        row_number() over (
            partition by item
            order by valid_from desc nulls first, unit desc nulls first, currency desc nulls first
        ) as place
    from {{ ref('prices') }}
    where valid_from <= {{ var('as_of') }} and (valid_to is null or valid_to > {{ var('as_of') }})
),
before as (
    select
        v.item          as item,
        p.price_e4      as price_e4,
        p.valid_from    as valid_from,
        row_number() over (partition by v.item order by p.valid_from desc nulls first) as place
    from valid as v
    join {{ ref('prices') }} as p on v.item = p.item and v.unit = p.unit and v.currency = p.currency
    where v.place = 1 and p.valid_from < v.valid_from
),
earlier as (
    select item, price_e4, valid_from from before where place = 1
)
select
    v.item          as item,
    v.unit          as unit,
    v.currency      as currency,
    v.price_e4      as price_e4,
    v.valid_from    as valid_from,
    e.price_e4      as earlier_price_e4,
    e.valid_from    as earlier_valid_from
from valid as v
left join earlier as e on v.item = e.item
where v.place = 1
order by item nulls last
