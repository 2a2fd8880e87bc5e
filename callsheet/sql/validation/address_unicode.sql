-- Which e-mail addresses hold letters that only look like the ones they should be?
--
-- grain    one row per faulty delivered value
-- reads    emails
-- do       write an international domain as xn--…

select
    table_name,
    line,
    'U+' || upper(lpad(to_hex(unicode(regexp_extract(email, '[^\x00-\x7f]'))), 4, '0')) as found
from emails
where regexp_matches(email, '[^\x00-\x7f]')
