-- Which commit groups come after number $after, at most $count of them?
--
-- grain    one row per group
-- reads    batch_anchor
-- ties     none: the number is the key

select
    group_no,
    first_seq,
    last_seq,
    root,
    chain
from batch_anchor
where group_no > $after
order by group_no
limit $count
