-- Which receivables of a Tryton were settled in the last half year, and when?
--
-- grain    one row per account_move_line
-- reads    account_move_line, account_move_reconciliation, account_move, account_account,
--          account_account_type, party_party, account_invoice, company_company, currency_currency
-- note     runs on Tryton's PostgreSQL

with asked as (
    select
        cast($as_of as date) as as_of,
        cast($companies as text) as companies
)

select
    lines.id as line_id,
    moves.company::text as company,
    parties.code as party,
    coalesce(invoices.number, moves.number) as number,
    case
        when invoices.id is not null and lines.debit - lines.credit >= 0 then 'invoice'
        when invoices.id is not null then 'credit_note'
        when lines.debit - lines.credit < 0 then 'payment'
        else 'misc'
    end as kind,
    coalesce(invoices.invoice_date, moves.date) as issue_date,
    lines.maturity_date as due_date,
    coalesce(second_currencies.code, currencies.code) as currency,
    coalesce(lines.amount_second_currency, lines.debit - lines.credit) as amount,
    settlements.date as paid_on
from account_move_line as lines
cross join asked
inner join account_move_reconciliation as settlements on lines.reconciliation = settlements.id
inner join account_move as moves on lines.move = moves.id
inner join account_account as accounts on lines.account = accounts.id
inner join account_account_type as types on accounts.type = types.id
inner join party_party as parties on lines.party = parties.id
inner join company_company as companies on moves.company = companies.id
inner join currency_currency as currencies on companies.currency = currencies.id
left join currency_currency as second_currencies
    on lines.second_currency = second_currencies.id
left join account_invoice as invoices on moves.id = invoices.move and invoices.type = 'out'
where
    types.receivable
    and moves.state = 'posted'
    and (
        asked.companies = ''
        or position(',' || moves.company || ',' in asked.companies) > 0
    )
    and settlements.date > asked.as_of - 180
