-- What was last decided for each account, and why?
--
-- grain    one row per unit that was ever decided
-- reads    account_state
-- column   unit               the account, or the customer when one customer is one unit
-- column   customer           the customer, or the head of grouped accounts
-- column   entity             the entity; '' when one customer is one unit
-- column   decided_on         the day this was decided; it stands until it is decided anew
-- column   outcome            act, wait, pending, hold, blocked, finished, or none
-- column   reason             why, a code of the closed table; '' when the outcome says it all
-- column   scenario           the scenario's key; '' when none is assigned
-- column   scenario_version   the hash of the scenario's content
-- column   assigned_by        what assigned it: account, customer, or the rule
-- column   leader             the item that leads; '' when none does
-- column   leader_due         its due date
-- column   run                the leader's id, or its due date when items of one day share a run
-- column   run_no             which run of that leader, counted from 1
-- column   step               the step to play, proposed, awaited, or failed; '' when none
-- column   step_day           that step's offset from the leader's due date
-- column   due_on             the day the step falls due
-- column   act_on             the first open day from then on
-- column   withdraw           proposed actions to withdraw: a list of ids, as JSON text
-- column   next_review_on     the next day on which time alone may change this decision

select
    unit,
    customer,
    entity,
    decided_on,
    outcome,
    reason,
    scenario,
    scenario_version,
    assigned_by,
    leader,
    leader_due,
    run,
    run_no,
    step,
    step_day,
    due_on,
    act_on,
    withdraw,
    next_review_on
from account_state
where decided_on is not null
