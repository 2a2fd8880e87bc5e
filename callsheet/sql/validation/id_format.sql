-- Which ids are not written as this source writes them, or were rewritten by Excel?
--
-- grain    one row per faulty delivered value
-- reads    ids
-- found    powers of ten, a spreadsheet's errors, words for nothing, characters that take no room

select
    table_name,
    line,
    column_name || ' ' || written as found
from ids
where
    not is_as_declared
    or regexp_full_match(
        written,
        '[0-9]+([.,][0-9]+)?[eE][+-]?[0-9]+'
        || '|#(N/A|REF!|VALUE!|NAME[?]|DIV/0!|NUM!|NULL!|[#]+)'
        || '|(?i:null|nan|none|n/a|<na>|nil|inf|-inf)'
        || '|(?s:.*[\x{00ad}\x{200b}-\x{200f}\x{2060}-\x{2064}\x{feff}].*)'
    )
