-- How is a written value read, given the notation that the mapping declares?
--
-- grain    macros; `v` is the text as it was delivered
-- reads    nothing

-- An é is one character, however it was typed; a text with a NUL is left as it is, to be found.
create or replace macro one_form(v) as
if(contains(v, chr(0)), v, nfc_normalize(v));

-- Without spaces, tabs and the spaces that do not break a line at its ends.
create or replace macro bare(v) as
nullif(trim(one_form(v), ' ' || chr(9) || chr(160) || chr(8239) || chr(8201)), '');

-- Most texts are that already, which costs a third to find out.
create or replace macro is_bare(v) as
regexp_full_match(v, '[!-~]([ -~]*[!-~])?');

create or replace macro is_ascii(v) as
regexp_full_match(v, '[ -~]*');

create or replace macro said(v, empty_words) as
if(list_contains(empty_words, v), null, v);

create or replace macro or_nothing(v) as
coalesce(v, '');

-- A digest stands for a text about a person: the same text, the same twelve signs.
create or replace macro in_short(v) as
left(sha256(lower(v)), 12);

create or replace macro joined(before, separator, after) as
before || separator || after;

create or replace macro translated(v, theirs, ours) as
coalesce(list_extract(ours, list_position(theirs, coalesce(v, ''))), v);

create or replace macro translated_or(v, theirs, ours, otherwise) as
coalesce(
    list_extract(ours, list_position(theirs, coalesce(v, ''))),
    if(v is null, null, otherwise)
);

-- Such an amount needs none of what follows up to its shape.
create or replace macro is_digits(v) as
regexp_full_match(v, '-?[0-9.,]+');

-- Spaces of all kinds are one space; the typographic minus and apostrophe are plain ones.
create or replace macro amount_line(v) as
trim(regexp_replace(
    replace(replace(v, '−', '-'), '’', ''''), '[\s\x{00a0}\x{202f}\x{2009}\x{2007}]+', ' ', 'g'
));

create or replace macro amount_minus(v, parentheses, trailing_minus) as
case
    when parentheses and regexp_full_match(v, '\(.*\)') then '-' || trim(v[2:-2])
    when trailing_minus and v like '%-' then '-' || trim(v[:-2])
    else v
end;

create or replace macro amount_currency(v) as
nullif(upper(
    regexp_extract(v, '^-? ?(\p{Sc}|[A-Za-z]{3})', 1)
    || regexp_extract(v, '(\p{Sc}|[A-Za-z]{3})$', 1)
), '');

create or replace macro amount_digits(v) as
replace(regexp_replace(
    regexp_replace(v, '^(-?) ?(\p{Sc}|[A-Za-z]{3}) ?', '\1'), ' ?(\p{Sc}|[A-Za-z]{3})$', ''
), '- ', '-');

-- The number with a decimal point and nothing else; null when it has not the declared shape.
create or replace macro amount_plain(v, shape, thousands, decimal_mark) as
case
    when decimal_mark = '.' and regexp_full_match(v, '-?[0-9]+([.][0-9]+)?') then v
    when regexp_full_match(v, shape)
        then replace(translate(v, ' ' || thousands, ''), decimal_mark, '.')
end;

create or replace macro amount_of(plain, turned) as
if(turned, -1, 1) * try_cast(plain as decimal(18, 3));

create or replace macro serial_day(v) as
if(
    regexp_full_match(v, '[0-9]{1,6}'),
    date '1899-12-30' + try_cast(v as integer),
    null
);

create or replace macro written_day(v, form) as
try_strptime(v, form)::date;

create or replace macro yes_or_no(v) as
case
    when lower(v) in ('true', '1', 'yes', 'y', 'oui', 'o', 'x', 'ja', 'j') then true
    when lower(v) in ('false', '0', 'no', 'n', 'non', 'nein') then false
end;
