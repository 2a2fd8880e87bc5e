-- Where does a letter to each party of a Tryton go?
--
-- grain    one row per party
-- reads    party_address, party_party, country_country
-- ties     an address meant for invoices first, then the party's own order
-- note     runs on Tryton's PostgreSQL

with ranked as (
    select
        party,
        street_unstructured,
        postal_code,
        city,
        country,
        row_number() over (
            partition by party
            order by coalesce(invoice, false) desc, sequence asc nulls first, id asc
        ) as place
    from party_address
    where active
)

select
    parties.id as party_id,
    parties.code as party,
    coalesce(parties.name, parties.code) as name,
    ranked.street_unstructured as street,
    ranked.postal_code,
    ranked.city,
    countries.code as country
from ranked
inner join party_party as parties on ranked.party = parties.id
left join country_country as countries on ranked.country = countries.id
where
    ranked.place = 1
    and exists (
        select 1 from account_move_line as lines
        inner join account_account as accounts on lines.account = accounts.id
        inner join account_account_type as types on accounts.type = types.id
        where lines.party = parties.id and types.receivable
    )
