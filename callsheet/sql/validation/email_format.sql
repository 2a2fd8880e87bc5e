-- Which e-mail addresses are not exactly one address?
--
-- grain    one row per faulty delivered value
-- reads    emails
-- found    never the address itself: it names a person

select
    table_name,
    line,
    'not exactly one address' as found
from emails
where
    not regexp_matches(email, '[^\x00-\x7f]')
    and not regexp_full_match(
        email,
        '[A-Za-z0-9.!#$%&''*+/=?^_`{|}~-]{1,64}@'
        || '([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?[.])+'
        || '[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])'
    )
