-- Which amounts are absurd, in themselves or for this customer?
--
-- grain    one row per faulty delivered value
-- reads    amounts, known_amounts
-- cost     what a customer's largest amount was is asked for large amounts only

with large_amounts as materialized (
    select
        table_name,
        line,
        column_name,
        written,
        customer,
        currency,
        abs(amount) as size,
        most,
        amount_floor,
        times
    from amounts
    where plain is not null and (amount is null or abs(amount) > least(most, amount_floor))
),

largest_amounts as (
    select
        known_amounts.customer,
        known_amounts.currency,
        max(abs(known_amounts.amount)) as largest
    from known_amounts
    semi join large_amounts on known_amounts.customer = large_amounts.customer
    group by known_amounts.customer, known_amounts.currency
)

select
    large_amounts.table_name,
    large_amounts.line,
    large_amounts.column_name || ' ' || large_amounts.written as found
from large_amounts
left join largest_amounts
    on
        large_amounts.customer = largest_amounts.customer
        and large_amounts.currency = largest_amounts.currency
where
    large_amounts.size is null
    or large_amounts.size > large_amounts.most
    or (
        large_amounts.size > large_amounts.amount_floor
        and large_amounts.size > large_amounts.times * largest_amounts.largest
    )
