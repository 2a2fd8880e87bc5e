-- What is to leave in this batch, and by what text?
--
-- grain    one row per action
-- reads    action

select
    action_id,
    entity,
    customer,
    scenario,
    channel,
    template,
    language,
    internal,
    recipient_hash
from action
where action_id in (select unnest(cast($ids as varchar[])))
order by action_id
