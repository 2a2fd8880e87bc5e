-- How is each party of a Tryton reached about its invoices?
--
-- grain    one row per party that has an e-mail address or a telephone
-- reads    party_party, party_contact_mechanism
-- ties     a mechanism meant for invoices first, then the party's own order
-- note     runs on Tryton's PostgreSQL

with ranked as (
    select
        party,
        type,
        value,
        row_number() over (
            partition by party, type
            order by coalesce(invoice, false) desc, sequence asc nulls first, id asc
        ) as place
    from party_contact_mechanism
    where active and type in ('email', 'phone', 'mobile', 'fax') and value <> ''
)

select
    parties.id as party_id,
    parties.code as party,
    max(parties.name) as name,
    max(ranked.value) filter (where ranked.type = 'email') as email,
    max(ranked.value) filter (where ranked.type = 'phone') as phone,
    max(ranked.value) filter (where ranked.type = 'mobile') as mobile,
    max(ranked.value) filter (where ranked.type = 'fax') as fax
from ranked
inner join party_party as parties on ranked.party = parties.id
where
    ranked.place = 1
    and exists (
        select 1 from account_move_line as lines
        inner join account_account as accounts on lines.account = accounts.id
        inner join account_account_type as types on accounts.type = types.id
        where lines.party = parties.id and types.receivable
    )
group by parties.id, parties.code
