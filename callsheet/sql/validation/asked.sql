-- What do the questions of validation read, beside the delivered values themselves?
--
-- grain    one view per question; `delivered_` and `previous_` views and the rules exist already
-- reads    delivered_*, previous_*, pull_rules, table_rules

create view documents as
select
    'open_items' as table_name,
    delivered_open_items.line,
    delivered_open_items.item,
    delivered_open_items.customer,
    delivered_open_items.number,
    delivered_open_items.kind,
    delivered_open_items.issue_date,
    delivered_open_items.due_date,
    delivered_open_items.due_date_text,
    delivered_open_items.amount,
    delivered_open_items.open_amount,
    coalesce(delivered_open_items.issued_on <= pull_rules.as_of, true)
    and coalesce(delivered_open_items.settled_on > pull_rules.as_of, true) as is_open
from delivered_open_items
cross join pull_rules
union all
select
    'payments' as table_name,
    line,
    item,
    customer,
    number,
    kind,
    issue_date,
    due_date,
    due_date_text,
    amount,
    null as open_amount,
    false as is_open
from delivered_payments;

-- Few rows share their key: these are found by numbers first, and kept. Numbers in order lie beside
-- their equals; unlike groups, they are put in order on disk however many there are.
create table repeated_rows as
with numbered_keys as (
    select hash(table_name, row_key) as key_number
    from row_keys
),

neighbours as (
    select
        key_number,
        lag(key_number) over (order by key_number) as number_before
    from numbered_keys
),

repeated_keys as (
    select key_number
    from neighbours
    where key_number = number_before
)

select
    row_keys.table_name,
    row_keys.line,
    row_keys.row_key,
    row_keys.content,
    table_rules.is_strict
from row_keys
inner join table_rules on row_keys.table_name = table_rules.table_name
semi join repeated_keys
    on hash(row_keys.table_name, row_keys.row_key) = repeated_keys.key_number;

create view emails as
select
    table_name,
    line,
    column_name,
    email
from email_values
where email is not null;

create view phones as
select
    table_name,
    line,
    column_name,
    phone
from phone_values
where phone is not null;

create view ids as
select
    table_name,
    line,
    column_name,
    written,
    is_as_declared
from id_values
where written is not null;

create view entity_clocks as
select
    'entities' as table_name,
    line,
    calendar,
    time_zone,
    sending_from,
    sending_until
from delivered_entities;

create view known_customers as
select customer from delivered_customers
union all
select previous_customers.customer
from previous_customers
cross join pull_rules
where pull_rules.keeps_customers;

create view known_entities as
select entity from covered_entities
union all
select delivered_entities.entity
from delivered_entities
cross join pull_rules
where not pull_rules.has_covered
union all
select previous_entities.entity
from previous_entities
cross join pull_rules
where pull_rules.keeps_entities;

create view known_items as
select item from delivered_open_items
union
select item from delivered_payments
union
select item from previous_open_items
union
select item from previous_payments;

create view known_amounts as
select
    customer,
    currency,
    amount
from previous_open_items
union all
select
    customer,
    currency,
    amount
from previous_payments;

-- A merged customer's items go over to the other one by themselves.
create view mergers as
select
    old_customer,
    max(customer) as merged_into
from (
    select
        old_customer,
        customer
    from delivered_merged_customers
    union all
    select
        old_customer,
        customer
    from previous_merged_customers
) as known_mergers
group by old_customer;

create view previous_owners as
select
    previous_open_items.item,
    coalesce(mergers.merged_into, previous_open_items.customer) as customer
from previous_open_items
left join mergers on previous_open_items.customer = mergers.old_customer;

-- Who owns an item as delivered, once mergers are followed.
create view owners as
select
    documents.table_name,
    documents.line,
    documents.item,
    coalesce(mergers.merged_into, documents.customer) as customer
from documents
left join mergers on documents.customer = mergers.old_customer
where documents.table_name = 'open_items';

-- What was open yesterday is not open again; whatever was cleared before that is, however.
create view cleared_items as
select
    cleared.item,
    max(cleared.cleared_on) as cleared_on
from (
    select
        item,
        paid_on as cleared_on
    from previous_payments
    union all
    select
        item,
        cleared_on
    from previous_clearings
) as cleared
anti join previous_open_items on cleared.item = previous_open_items.item
group by cleared.item
