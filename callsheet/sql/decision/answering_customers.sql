-- Which customers answer under another name: merged ones, and members of a group?
--
-- grain    one row per customer whose account is decided under another customer
-- reads    given_mergers, given_customers
-- note     a merger of a merger is followed once more

with
merged as (
    select
        first_merger.old_customer as customer,
        coalesce(second_merger.customer, first_merger.customer) as current_name
    from given_mergers as first_merger
    left join given_mergers as second_merger on first_merger.customer = second_merger.old_customer
),

heads as (
    select
        given_customers.customer,
        coalesce(merged.current_name, given_customers.head_account) as head
    from given_customers
    left join merged on given_customers.head_account = merged.customer
    where given_customers.head_account <> '' and given_customers.head_account is not null
)

select
    merged.customer,
    merged.current_name,
    coalesce(heads.head, merged.current_name) as answers
from merged
left join heads on merged.current_name = heads.customer
union all
select
    heads.customer,
    heads.customer as current_name,
    heads.head as answers
from heads
left join merged on heads.customer = merged.customer
where merged.customer is null
