-- On which days may time alone change the decision of a unit, and why?
--
-- grain    one row per unit, trigger and day
-- reads    outcomes, accounts, items, failed_steps, steps_in_reach, closed_days,
--          excluded_items, given_exclusions, current_items, decision_settings

with
coming_due as (
    select
        items.account_no,
        min(items.due_date) as due_date
    from items
    inner join decision_settings on items.world = decision_settings.world
    where items.may_claim and items.due_date >= decision_settings.as_of
    group by items.account_no
)

-- what is to be played today is looked at again tomorrow
select
    outcomes.account_no,
    'act' as trigger,
    decision_settings.as_of + 1 as day
from outcomes
inner join accounts on outcomes.account_no = accounts.account_no
inner join decision_settings on accounts.world = decision_settings.world
where outcomes.outcome = 'act'
union all
-- the next step's date comes
select
    account_no,
    'due_on' as trigger,
    next_due_on as day
from outcomes
where next_due_on is not null
union all
-- and the open day on which it is played
select
    account_no,
    'act_on' as trigger,
    act_on as day
from outcomes
where act_on is not null
union all
-- its date, the contact gap left out: a proposal stands from then on
select
    account_no,
    'ready_on' as trigger,
    next_ready_on as day
from outcomes
where next_ready_on is not null
union all
-- another item becomes overdue, or the leader does and its pre-due steps lapse
select
    account_no,
    'overdue' as trigger,
    due_date + 1 as day
from coming_due
union all
-- an item is past the last open day on which a pre-due step could be played
select
    steps_in_reach.account_no,
    'last_open_day' as trigger,
    closed_days.previous_open_on + 1 as day
from steps_in_reach
inner join closed_days
    on
        steps_in_reach.calendar = closed_days.calendar
        and steps_in_reach.due_date = closed_days.day
where steps_in_reach.has_choice and steps_in_reach.day < 0
union all
-- the day of the next pre-due step comes
select
    account_no,
    'superseded' as trigger,
    superseded_on as day
from steps_in_reach
where has_choice and day < 0 and superseded_on is not null
union all
-- the gap after a pre-due notice for another leader is over, if only a closed day is left of it
select
    steps_in_reach.account_no,
    'notice_gap' as trigger,
    coalesce(closed_days.previous_open_on, steps_in_reach.notice_gap_ends_on) + 1 as day
from steps_in_reach
left join closed_days
    on
        steps_in_reach.calendar = closed_days.calendar
        and steps_in_reach.notice_gap_ends_on = closed_days.day
where
    steps_in_reach.has_choice
    and steps_in_reach.day < 0
    and steps_in_reach.notice_gap_ends_on is not null
union all
-- a failed step is passed over
select
    account_no,
    'passed_over' as trigger,
    passed_over_on as day
from failed_steps
where passed_over_on is not null
union all
-- an exclusion begins
select
    account_no,
    'exclusion_begins' as trigger,
    from_day as day
from excluded_items
union all
-- an exclusion ends
select
    account_no,
    'exclusion_ends' as trigger,
    last_day + 1 as day
from excluded_items
union all
-- an exclusion written for a later day becomes known
select
    current_items.account_no,
    'exclusion_known' as trigger,
    given_exclusions.recorded_on as day
from given_exclusions
inner join decision_settings on given_exclusions.world = decision_settings.world
inner join current_items
    on
        given_exclusions.world = current_items.world
        and (
            given_exclusions.item = current_items.item
            or (given_exclusions.item = '' and given_exclusions.customer = current_items.customer)
        )
where given_exclusions.recorded_on > decision_settings.as_of
