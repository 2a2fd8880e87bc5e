-- How far is each account in the run of its present leader?
--
-- grain    one row per unit that has a leader
-- reads    account_state, action, action_state, step_state
-- note     what a merged customer had counts for who goes on in its place
-- ties     several steps on one day: the larger offset is the later one, then the larger id
-- column   unit              the account, or the customer when one customer is one unit
-- column   customer          the customer, or the head of grouped accounts
-- column   entity            the entity; '' when one customer is one unit
-- column   scenario          the scenario's key
-- column   leader            the item that leads
-- column   leader_due        its due date
-- column   run               the leader's id, or its due date when items of one day share a run
-- column   run_no            which run of that leader, counted from 1
-- column   steps_done        steps of this run that were played
-- column   steps_skipped     steps of this run that a person left out
-- column   steps_open        steps of this run that are proposed, waiting, or being sent
-- column   steps_failed      attempts of this run that failed
-- column   last_step_title   the last step played or left out
-- column   last_step_on      the day it was
-- column   next_step         the step to come; '' when none
-- column   next_step_on      the day it can be played

with
played as (
    select
        coalesce(step_state.unit, action.unit) as unit,
        action.run,
        action.run_no,
        action.action_id,
        action.step_title,
        action.step_day,
        action_state.on_day,
        action_state.state,
        action_state.state in ('accepted', 'delivered', 'declared_sent', 'done') as is_done,
        action_state.state in ('skipped', 'abandoned') as is_skipped,
        action_state.state in ('rejected', 'delivery_failed') as is_failed
    from action
    inner join action_state on action.action_id = action_state.action_id
    left join step_state on action.action_id = step_state.action_id
    where action.origin = 'scenario' and action_state.state <> 'cancelled'
),

last_played as (
    select distinct on (unit, run, run_no)
        unit,
        run,
        run_no,
        step_title,
        on_day
    from played
    where is_done or is_skipped
    order by
        unit asc,
        run asc,
        run_no asc,
        on_day desc,
        step_day desc,
        action_id desc
),

counted as (
    select
        unit,
        run,
        run_no,
        count(case when is_done then 1 end) as steps_done,
        count(case when is_skipped then 1 end) as steps_skipped,
        count(case when is_failed then 1 end) as steps_failed,
        count(case when not (is_done or is_skipped or is_failed) then 1 end) as steps_open
    from played
    group by unit, run, run_no
)

select
    account_state.unit,
    account_state.customer,
    account_state.entity,
    account_state.scenario,
    account_state.leader,
    account_state.leader_due,
    account_state.run,
    account_state.run_no,
    coalesce(counted.steps_done, 0) as steps_done,
    coalesce(counted.steps_skipped, 0) as steps_skipped,
    coalesce(counted.steps_open, 0) as steps_open,
    coalesce(counted.steps_failed, 0) as steps_failed,
    coalesce(last_played.step_title, '') as last_step_title,
    last_played.on_day as last_step_on,
    account_state.step as next_step,
    coalesce(account_state.act_on, account_state.due_on) as next_step_on
from account_state
left join counted
    on
        account_state.unit = counted.unit
        and account_state.run = counted.run
        and account_state.run_no = counted.run_no
left join last_played
    on
        account_state.unit = last_played.unit
        and account_state.run = last_played.run
        and account_state.run_no = last_played.run_no
where account_state.leader <> ''
