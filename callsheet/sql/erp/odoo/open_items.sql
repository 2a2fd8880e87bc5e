-- What is open, or was settled since $since, on the receivable accounts of an Odoo?
--
-- grain    one row per account_move_line: an instalment is a line
-- reads    account_move_line, account_move, account_account, res_partner, res_currency
-- note     runs on Odoo's PostgreSQL; a settled line comes with nothing open

with asked as (
    select
        cast($since as timestamp) as since,
        cast($companies as text) as companies
)

select
    lines.id as line_id,
    lines.company_id::text as company,
    coalesce(nullif(partners.ref, ''), partners.id::text) as partner,
    moves.name as number,
    case
        when moves.move_type in ('out_invoice', 'out_receipt') then 'invoice'
        when moves.move_type = 'out_refund' then 'credit_note'
        when lines.balance < 0 then 'payment'
        else 'misc'
    end as kind,
    coalesce(moves.invoice_date, lines.date) as issue_date,
    lines.date_maturity as due_date,
    currencies.name as currency,
    lines.amount_currency as amount,
    lines.amount_residual_currency as open_amount,
    nullif(moves.ref, '') as reference
from account_move_line as lines
cross join asked
inner join account_move as moves on lines.move_id = moves.id
inner join account_account as accounts on lines.account_id = accounts.id
inner join res_partner as partners on lines.partner_id = partners.id
inner join res_currency as currencies on lines.currency_id = currencies.id
where
    accounts.account_type = 'asset_receivable'
    and lines.parent_state = 'posted'
    and (
        asked.companies = ''
        or position(',' || lines.company_id || ',' in asked.companies) > 0
    )
    and (
        (asked.since is null and not lines.reconciled)
        or greatest(lines.write_date, moves.write_date) >= asked.since
    )
