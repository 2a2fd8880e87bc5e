-- Which amounts are absurd, in themselves or for this customer?
--
-- grain    one row per faulty delivered value
-- reads    amounts, table_rules, largest_amounts

select
    amounts.table_name,
    amounts.line,
    amounts.column_name || ' ' || amounts.written as found
from amounts
inner join table_rules on amounts.table_name = table_rules.table_name
left join largest_amounts
    on amounts.customer = largest_amounts.customer and amounts.currency = largest_amounts.currency
where
    amounts.plain is not null
    and (
        amounts.amount is null
        or abs(amounts.amount) > table_rules.most
        or (
            abs(amounts.amount) > table_rules.amount_floor
            and abs(amounts.amount) > table_rules.times * largest_amounts.largest
        )
    )
