-- Where does every delivered row go: loaded, duplicate or quarantined?
--
-- grain    one row per delivered row
-- reads    keyed_rows, faults
-- ties     of equal rows the first line is loaded

create table placed as
with faulty as (
    select distinct
        table_name,
        line
    from faults
)

select
    keyed_rows.table_name,
    keyed_rows.line,
    keyed_rows.row_key,
    case
        when faulty.line is not null then 'quarantined'
        when
            row_number() over (
                partition by
                    keyed_rows.table_name, keyed_rows.row_key, faulty.line is null
                order by keyed_rows.line
            ) > 1 then 'duplicate'
        else 'loaded'
    end as place
from keyed_rows
left join faulty
    on keyed_rows.table_name = faulty.table_name and keyed_rows.line = faulty.line
