-- Which open lines did somebody block in a Tryton?
--
-- grain    one row per account_move_line that is blocked for payment
-- reads    account_move_line, account_move, account_account, account_account_type, party_party
-- note     runs on Tryton's PostgreSQL; without its module account_payment nothing is blocked

with asked as (
    select cast($companies as text) as companies
)

select
    lines.id as line_id,
    moves.company::text as company,
    parties.code as party,
    moves.date as from_day
from account_move_line as lines
cross join asked
inner join account_move as moves on lines.move = moves.id
inner join account_account as accounts on lines.account = accounts.id
inner join account_account_type as types on accounts.type = types.id
inner join party_party as parties on lines.party = parties.id
where
    types.receivable
    and moves.state = 'posted'
    and lines.reconciliation is null
    and (
        asked.companies = ''
        or position(',' || moves.company || ',' in asked.companies) > 0
    )
    and coalesce((to_jsonb(lines.*) ->> 'payment_blocked')::boolean, false)
