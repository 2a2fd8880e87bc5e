-- What is claimed of each unit per currency, and against which minimum?
--
-- grain    one row per unit and currency
-- reads    items, leaders, decision_settings, currency_minimums
-- note     what is due up to yesterday, or up to the leader's due date if that is later, less
--          all credits (R5)

with
counted as (
    select
        items.world,
        items.account_no,
        items.currency,
        sum(items.collectable) filter (
            items.may_claim
            and items.due_date
            <= greatest(decision_settings.as_of - 1, coalesce(leaders.due_date, date '0001-01-01'))
        ) as claimable,
        sum(items.collectable) filter (items.is_credit) as credits
    from items
    inner join decision_settings on items.world = decision_settings.world
    left join leaders on items.account_no = leaders.account_no
    group by items.world, items.account_no, items.currency
)

select
    counted.account_no,
    counted.currency,
    coalesce(counted.claimable, 0) + coalesce(counted.credits, 0) as claim,
    coalesce(counted.credits, 0) as credits,
    coalesce(currency_minimums.min_claim, decision_settings.min_claim) as min_claim
from counted
inner join decision_settings on counted.world = decision_settings.world
left join currency_minimums
    on
        counted.world = currency_minimums.world
        and counted.currency = currency_minimums.currency
where counted.claimable is not null or counted.credits is not null
order by counted.account_no, counted.currency
