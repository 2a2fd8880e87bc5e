-- Which phone and fax numbers cannot be dialled?
--
-- grain    one row per faulty delivered value
-- reads    phones
-- found    never the number itself: it names a person

select
    table_name,
    line,
    column_name as found
from phones
where
    not regexp_full_match(phone, '[+]?[0-9 ()./\x{00a0}\x{202f}-]+( ?(ext[.]?|x) ?[0-9]{1,6})?')
    or not length(regexp_replace(phone, '[^0-9]', '', 'g')) between 6 and 21
