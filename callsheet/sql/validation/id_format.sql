-- Which ids are not written as this source writes them, or were rewritten by Excel?
--
-- grain    one row per faulty delivered value
-- reads    ids, id_rules
-- found    powers of ten, a spreadsheet's errors, words for nothing, characters that take no room

select
    ids.table_name,
    ids.line,
    ids.column_name || ' ' || ids.written as found
from ids
left join id_rules on ids.id_name = id_rules.id_name
where
    regexp_full_match(ids.written, '[0-9]+([.,][0-9]+)?[eE][+-]?[0-9]+')
    or regexp_full_match(ids.written, '#(N/A|REF!|VALUE!|NAME[?]|DIV/0!|NUM!|NULL!|[#]+)')
    or lower(ids.written) in ('null', 'nan', 'none', 'n/a', '<na>', 'nil', 'inf', '-inf')
    or regexp_matches(
        ids.written, '[\x{00ad}\x{200b}-\x{200f}\x{2060}-\x{2064}\x{feff}]'
    )
    or length(ids.written) < id_rules.min_length
    or length(ids.written) > id_rules.max_length
    or not regexp_full_match(ids.written, id_rules.pattern)
