-- Who may do what in a warehouse on PostgreSQL?
--
-- Run as the owner of the tables: `callsheet migrate --roles`, or psql -f migrations/roles.sql.
-- Run again it changes nothing. The two roles cannot log in: grant them to those who do, as in
--   create role worker login password '…' in role callsheet_app;

do $$
begin
    if not exists (select from pg_roles where rolname = 'callsheet_app') then
        create role callsheet_app;
    end if;
    if not exists (select from pg_roles where rolname = 'callsheet_reader') then
        create role callsheet_reader;
    end if;
    execute format('grant usage on schema %I to callsheet_app, callsheet_reader', current_schema());
    execute format('grant temporary on database %I to callsheet_app', current_database());
    execute format(
        'revoke all on all tables in schema %I from callsheet_app, callsheet_reader',
        current_schema()
    );
end
$$;

-- The ledger and what it speaks of: rows are added and read, never changed and never removed.
grant select, insert on
    event, batch_anchor, action, exclusion, snapshot, quarantine, confirmation_list,
    config_version, free_text
to callsheet_app;

-- States, which are folded from the ledger, and what is measured and held: rows are replaced.
grant select, insert, update, delete on
    account_state, item_state, step_state, fold_watermark, breaker, measure, address_day, lease,
    exception_limit
to callsheet_app;

grant select on
    warehouse_release,
    action_state, action_history, decisions, current_runs, worklist, exceptions
to callsheet_app;

-- Analysts see the views, and no table.
grant select on
    action_state, action_history, decisions, current_runs, worklist, exceptions
to callsheet_reader;
