-- Which ids are not written as this source writes them, or were rewritten by Excel?
--
-- grain    one row per faulty delivered value
-- reads    ids, id_rules

select
    ids.table_name,
    ids.line,
    ids.column_name || ' ' || ids.written as found
from ids
left join id_rules on ids.id_name = id_rules.id_name
where
    regexp_full_match(ids.written, '[0-9]+([.,][0-9]+)?[eE][+-]?[0-9]+')
    or length(ids.written) < id_rules.min_length
    or length(ids.written) > id_rules.max_length
    or not regexp_full_match(ids.written, id_rules.pattern)
