-- Which rows have no currency of today, or another one written beside an amount?
--
-- grain    one row per faulty delivered value
-- reads    currency_values, amounts, currencies, currency_words

select
    currency_values.table_name,
    currency_values.line,
    coalesce(currency_values.currency, 'nothing') as found
from currency_values
left join currencies on currency_values.currency = currencies.currency
where currencies.currency is null
union all
select
    amounts.table_name,
    amounts.line,
    amounts.beside || ' beside ' || amounts.currency as found
from amounts
inner join currencies on amounts.currency = currencies.currency
left join currency_words
    on amounts.beside = currency_words.word and amounts.currency = currency_words.currency
where amounts.beside is not null and amounts.plain is not null and currency_words.word is null
