"""Who may do what in a warehouse on PostgreSQL: the app adds to the ledger, readers see views."""

from callsheet.errors import UsageInvalid
from callsheet.store.releases import FOLDER
from callsheet.store.transaction import Transaction

_FILE = FOLDER / "roles.sql"
_KNOWN = "select count(*) from pg_roles where rolname in ('callsheet_app', 'callsheet_reader')"


def give_rights(tx: Transaction) -> None:
    """Make the roles that are missing, and give each its rights anew."""
    if tx.kind != "postgresql":
        raise UsageInvalid(
            "roles: the embedded warehouse is a file, its rights are the file's\n"
            "  do           set `warehouse` to a PostgreSQL address"
        )
    tx.execute(_FILE.read_text("utf-8"))


def give_rights_again(tx: Transaction) -> None:
    """Give their rights to roles that were made before: a view that is made anew has none."""
    if tx.kind == "postgresql" and tx.fetch(_KNOWN) == [(2,)]:
        give_rights(tx)
