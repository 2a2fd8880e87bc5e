-- Who owes something in an Odoo, and how are they reached?
--
-- grain    one row per res_partner with an open receivable
-- reads    account_move_line, account_account, res_partner, res_country
-- note     runs on Odoo's PostgreSQL; 19 has no column `mobile` any more

with asked as (
    select cast($companies as text) as companies
),

owing as (
    select distinct lines.partner_id
    from account_move_line as lines
    cross join asked
    inner join account_account as accounts on lines.account_id = accounts.id
    where
        accounts.account_type = 'asset_receivable'
        and lines.parent_state = 'posted'
        and not lines.reconciled
        and (
            asked.companies = ''
            or position(',' || lines.company_id || ',' in asked.companies) > 0
        )
)

select
    partners.id as partner_id,
    coalesce(nullif(partners.ref, ''), partners.id::text) as partner,
    partners.name,
    split_part(partners.lang, '_', 1) as language,
    countries.code as country,
    nullif(partners.email, '') as email,
    nullif(partners.phone, '') as phone,
    nullif(to_jsonb(partners.*) ->> 'mobile', '') as mobile,
    nullif(partners.street, '') as street,
    nullif(partners.zip, '') as zip,
    nullif(partners.city, '') as city
from owing
inner join res_partner as partners on owing.partner_id = partners.id
left join res_country as countries on partners.country_id = countries.id
