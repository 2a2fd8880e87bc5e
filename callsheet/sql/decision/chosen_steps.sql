-- Which step is the next one of each unit that has a choice?
--
-- grain    one row per unit of `contenders`
-- reads    steps_in_reach
-- ties     the oldest contender that has a step left leads; its next step is the first that has not
--          lapsed. If none has one, the oldest candidate is shown with what stops it

select * from steps_in_reach  -- noqa: AM04
where has_choice
qualify
    row_number() over (
        partition by account_no order by has_lapsed, leading_order, day nulls first
    ) = 1
