-- Which rows hold a character that no single line of text may hold?
--
-- grain    one row per faulty delivered value
-- reads    delivered_rows
-- cost     a row that was found to be plain letters when it was read is not looked at again
-- found    controls, line separators, signs that turn the direction, the replacement character

select
    table_name,
    line,
    'U+' || upper(lpad(to_hex(unicode(regexp_extract(
        words,
        '[\x00-\x1f\x7f-\x9f\x{2028}\x{2029}\x{202a}-\x{202e}\x{2066}-\x{2069}\x{fffd}]'
    ))), 4, '0')) as found
from delivered_rows
where
    not is_plain
    and regexp_matches(
        words,
        '[\x00-\x1f\x7f-\x9f\x{2028}\x{2029}\x{202a}-\x{202e}\x{2066}-\x{2069}\x{fffd}]'
    )
