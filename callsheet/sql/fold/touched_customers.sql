-- Whose accounts have to be decided again?
--
-- grain    one row per customer, under every name that answers for one decision
-- reads    changed_facts, new_facts, moved_actions, account_state, answering_customers,
--          decision_settings

with
named as (
    -- an item, an exclusion or the customer changed in the snapshot
    select customer
    from changed_facts
    union
    -- something was recorded since the states were folded
    select customer
    from new_facts
    union
    -- its actions moved to another unit
    select customer
    from moved_actions
    union
    select split_part(old_unit, '|', 1) as customer
    from moved_actions
    union
    -- its day has come
    select account_state.customer
    from account_state
    inner join decision_settings on account_state.world = decision_settings.world
    where account_state.next_review_on <= decision_settings.as_of
),

answers as (
    select coalesce(answering_customers.answers, named.customer) as customer
    from named
    left join answering_customers on named.customer = answering_customers.customer
)

select customer
from named
union
select customer
from answers
union
select answering_customers.customer
from answering_customers
inner join answers on answering_customers.answers = answers.customer
