-- Who owes something, or paid lately, in a Tryton?
--
-- grain    one row per party with a receivable that is open or was settled in half a year
-- reads    account_move_line, account_move, account_account, account_account_type,
--          account_move_reconciliation, party_party, party_party_lang, ir_lang, party_address,
--          country_country
-- ties     the language of the first company asked for, the country of the first address
-- note     runs on Tryton's PostgreSQL

with asked as (
    select
        cast($as_of as date) as as_of,
        cast($companies as text) as companies
),

owing as (
    select distinct lines.party
    from account_move_line as lines
    cross join asked
    inner join account_move as moves on lines.move = moves.id
    inner join account_account as accounts on lines.account = accounts.id
    inner join account_account_type as types on accounts.type = types.id
    left join account_move_reconciliation as settlements
        on lines.reconciliation = settlements.id
    where
        types.receivable
        and moves.state = 'posted'
        and (
            asked.companies = ''
            or position(',' || moves.company || ',' in asked.companies) > 0
        )
        and (
            lines.reconciliation is null
            or settlements.date > asked.as_of - 180
        )
)

select
    parties.id as party_id,
    parties.code as party,
    coalesce(parties.name, parties.code) as name,
    split_part(languages.code, '_', 1) as language,
    countries.code as country
from owing
cross join asked
inner join party_party as parties on owing.party = parties.id
left join lateral (
    select known.lang
    from party_party_lang as known
    where known.party = parties.id
    order by
        asked.companies = ''
        or known.company is null
        or position(',' || known.company || ',' in asked.companies) > 0 desc,
        known.company asc nulls last,
        known.id asc
    limit 1
) as spoken on true
left join ir_lang as languages on spoken.lang = languages.id
left join lateral (
    select known.country
    from party_address as known
    where known.party = parties.id and known.active
    order by known.sequence asc nulls first, known.id asc
    limit 1
) as places on true
left join country_country as countries on places.country = countries.id
