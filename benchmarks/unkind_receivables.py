"""Unkind receivables of any size: three currencies, half the accounts with credits, displaced
leaders, twenty events an account, 5 % pending, disputes whole and partial, holds.

Everything is derived from DuckDB's `hash` of row numbers: the same on any machine with the same
version.
"""

from datetime import date
from decimal import Decimal

import duckdb

from callsheet.calendars import closed_days
from callsheet.decision import terms
from callsheet.scenarios.assignment import Rule
from callsheet.scenarios.scenario import Scenario
from callsheet.scenarios.step import Step
from callsheet.settings import DecisionSettings
from callsheet.vocabulary import ActionType, Mode

AS_OF = date(2026, 11, 16)
OFFSETS = (-10, 4, 7, 14, 21, 28, 33, 43, 50)
CALENDARS = {"E0": "FR", "E1": "GB", "E2": "BE"}

_INPUTS = """
create table accounts_made as
select
    range as n,
    'C' || lpad(cast(range as varchar), 8, '0') as customer,
    'E' || (range % 3) as entity,
    hash(range, 'account') as luck
from range($accounts);

create table all_items as
select
    0 as world,
    'I' || lpad(cast(n * 10 + k as varchar), 9, '0') as item,
    customer,
    entity,
    case
        when k = 9 and n % 4 = 0 then 'credit_note'
        when k = 9 and n % 4 = 2 then 'payment'
        when k = 8 and luck % 50 = 0 then 'draft'
        when k = 8 and luck % 50 = 1 then 'penalty'
        when k = 8 and luck % 50 = 2 then 'misc'
        else 'invoice'
    end as kind,
    ['EUR', 'GBP', 'USD'][
        cast((n + if(n % 3 = 0 and hash(n, k) % 3 = 0, 1, 0)) % 3 as integer) + 1
    ] as currency,
    date '2026-11-16' - 300 + cast(hash(n, k, 'due') % 340 as integer) - 30 as issue_date,
    date '2026-11-16' - 300 + cast(hash(n, k, 'due') % 340 as integer) as due_date,
    cast(if(k = 9 and n % 2 = 0, -1, 1) * (100 + hash(n, k, 'amount') % 1000000) / 100.0
        as decimal(18, 3)) as open_amount,
    cast(null as varchar) as applies_to,
    open_amount as amount,
    cast(null as varchar) as mark
from accounts_made, (select range as k from range(10));

create table all_customers as
select
    0 as world, customer, customer as name, 'fr' as language, 'FR' as country,
    if(luck % 9 = 0, 'public', 'private') as nature,
    if(luck % 7 = 0, 'high', 'low') as risk_class, 'M' as size,
    if(luck % 20 = 0, 'direct_debit', 'transfer') as payment_method, 'good' as payer_profile,
    cast(null as varchar) as head_account, '' as collector, '' as sales_manager, '{}' as custom
from accounts_made;

create table given_entities as
select 0 as world, unnest(['E0', 'E1', 'E2']) as entity, unnest(['FR', 'GB', 'BE']) as calendar;
create table given_assignments (customer text, entity text, scenario text);
create table given_mergers (old_customer text, customer text);

create table given_exclusions as
select
    0 as world, 'X' || n as exclusion_id, 1 as no,
    ['dispute', 'dispute', 'specific_action', 'hold'][cast(luck % 4 as integer) + 1] as kind,
    customer, entity,
    if(luck % 4 = 3, '', 'I' || lpad(cast(n * 10 + luck % 9 as varchar), 9, '0')) as item,
    date '2026-11-16' - 60 as from_day,
    if(luck % 3 = 0, null, date '2026-11-16' - 20 + cast(luck % 40 as integer)) as until_day,
    date '2026-11-16' - 60 as recorded_on,
    if(luck % 5 = 0, cast(10 as decimal(18, 3)), null) as amount,
    '' as on_return
from accounts_made
where hash(n, 'excluded') % 100 < 5;

create table placed_items as
select
    n, customer, entity, item, due_date,
    row_number() over (partition by n order by due_date, item) as place
from accounts_made inner join all_items using (customer, entity)
where kind = 'invoice';

create table all_actions as
with numbered as (
    select
        n, customer, entity, luck, j, cast(luck % 7 as integer) as steps_of_leader
    from accounts_made, (select range as j from range(10))
),
aimed as (
    select
        *,
        case
            when j < steps_of_leader then 1
            when j < steps_of_leader + 2 then 2
            else 0
        end as place,
        case
            when j < steps_of_leader then j
            when j < steps_of_leader + 2 then j - steps_of_leader
            else j - steps_of_leader - 2
        end as step_index
    from numbered
)
select
    0 as world,
    'A' || lpad(cast(aimed.n * 10 + j as varchar), 9, '0') as action_id,
    aimed.customer, aimed.entity, 'scenario' as origin,
    coalesce(item, 'P' || aimed.n) as leader,
    coalesce(due_date, date '2026-01-15') as leader_due,
    'standard' as scenario,
    's' || step_index as step,
    [-10, 4, 7, 14, 21, 28, 33, 43, 50][cast(step_index as integer) + 1] as step_day,
    false as internal,
    j, steps_of_leader, luck,
    least(
        coalesce(due_date, date '2026-01-15')
        + [-10, 4, 7, 14, 21, 28, 33, 43, 50][cast(step_index as integer) + 1]
        + cast(hash(aimed.n, j) % 3 as integer),
        date '2026-11-16' - cast(hash(aimed.n, j, 'day') % 20 as integer)
    ) as planned_on,
    coalesce(due_date, date '2026-01-15')
    + [-10, 4, 7, 14, 21, 28, 33, 43, 50][cast(step_index as integer) + 1] as due_on
from aimed
left join placed_items on aimed.n = placed_items.n and aimed.place = placed_items.place;

create table all_events as
select
    0 as world, action_id as subject, 2 * row_number() over (order by action_id) as ledger_seq,
    'confirmed' as state, '' as reason, planned_on as on_day
from all_actions
union all
select
    0, action_id, 2 * row_number() over (order by action_id) + 1,
    case
        when j = steps_of_leader - 1 and luck % 20 = 7 then 'sending'
        when j = steps_of_leader - 1 and luck % 25 = 3 then 'rejected'
        else 'accepted'
    end,
    if(luck % 2 = 0, 'unknown_address', 'timeout'), planned_on
from all_actions;
"""
_STATES = """
create table step_state as
select
    '' as action_id, 0 as world, cast(0 as bigint) as account_no, cast(0 as bigint) as run_key,
    '' as unit, '' as customer, '' as entity, '' as origin, '' as leader,
    date '2026-01-01' as leader_due, '' as scenario, '' as step, 0 as step_day,
    false as internal, date '2026-01-01' as planned_on, date '2026-01-01' as due_on,
    cast(0 as bigint) as last_seq, '' as state, '' as progress, false as permanent,
    date '2026-01-01' as on_day
where false;
create table account_state (unit text, customer text, next_review_on date);
create table item_state_before (item text, customer text);
create view item_state as from item_state_before;
"""


def make(con: duckdb.DuckDBPyConnection, items: int) -> None:
    """Make the given rows of `items` open items, and the terms they are decided by."""
    con.execute(_INPUTS.replace("$accounts", str(items // 10)))
    con.execute(_STATES)
    load_terms(con)


def load_terms(con: duckdb.DuckDBPyConnection) -> None:
    """Make the relations of settings, scenarios, rules and closed days."""
    steps = tuple(
        Step(f"s{n}", f"s{n}", day, ActionType.EMAIL, None, Mode.AUTOMATIC, legal=day > 30)
        for n, day in enumerate(OFFSETS)
    )
    scenarios = [
        Scenario(key, key, None, False, steps, version=key) for key in ("standard", "risky")
    ]
    rules = [Rule(1, "risk_class = 'high'", "risky"), Rule(2, "TRUE", "standard")]
    settings = DecisionSettings(min_item=Decimal(5), min_claim={"EUR": Decimal(20)})
    span = date(AS_OF.year - 2, 1, 1), date(AS_OF.year + 2, 12, 31)
    closed = {calendar: closed_days(calendar, *span) for calendar in CALENDARS.values()}
    terms.load(con, [terms.Terms(AS_OF, settings, scenarios, rules)], closed)
