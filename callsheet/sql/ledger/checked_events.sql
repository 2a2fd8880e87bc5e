-- What is wrong with each event of `event_block`, if anything?
--
-- grain    one row per event
-- reads    event_block, with the hash of each body computed beside it
-- ties     none, unless the ledger was tampered with: the smaller number first
-- note     runs in memory, outside the warehouse: a server's word is not taken for it

with
placed as (
    select
        *,
        strftime(make_timestamp(epoch_us(happened_at)), '%Y-%m-%dT%H:%M:%S.%fZ') as moment,
        case
            when customer = '' then 0 else cast('0x' || left(sha256(customer), 2) as integer)
        end as customer_shard,
        $first - 1 + row_number() over (order by ledger_seq, no) as place
    from event_block
),

read_bodies as (
    select
        *,
        try(json_extract_string(body, [
            'v', 'ledger_seq', 'subject', 'no', 'kind', 'state', 'reason', 'on_day',
            'happened_at', 'author', 'unit', 'customer', 'entity'
        ])) as said
    from placed
)

select
    ledger_seq,
    case
        when ledger_seq < place then 'duplicate'
        when ledger_seq > place then 'missing'
        when (body_hash is distinct from leaf_hash) then 'leaf'
        when said is null then 'body'
        when (said[1] is distinct from '1') then 'version'
        when (said[2] is distinct from cast(ledger_seq as varchar)) then 'ledger_seq'
        when (said[3] is distinct from subject) then 'subject'
        when (said[4] is distinct from cast(no as varchar)) then 'no'
        when (said[5] is distinct from kind) then 'kind'
        when (said[6] is distinct from state) then 'state'
        when (said[7] is distinct from reason) then 'reason'
        when (said[8] is distinct from cast(on_day as varchar)) then 'on_day'
        when (said[9] is distinct from moment) then 'happened_at'
        when (said[10] is distinct from author) then 'author'
        when (said[11] is distinct from unit) then 'unit'
        when (said[12] is distinct from customer) then 'customer'
        when (said[13] is distinct from entity) then 'entity'
        when (shard is distinct from customer_shard) then 'shard'
        else ''
    end as fault
from read_bodies
order by ledger_seq, no
