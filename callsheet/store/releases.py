"""The releases of the warehouse's tables, and the way up from one to the next: by Alembic.

Every release is a file in `migrations/versions`, whose name begins with its number.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from callsheet.errors import OtherRelease
from callsheet.store.transaction import Transaction

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).parents[2] / "migrations"
TABLE = "warehouse_release"  # a name of its own: Prefect has an `alembic_version` too
UNNUMBERED = "0001"  # the release of a warehouse that was made before they were numbered


@dataclass(frozen=True)
class Step:
    """One release, and what it does to the tables."""

    release: str
    does: str


@dataclass(frozen=True)
class Releases:
    """The releases in some folders: ours, and in a test one more."""

    folders: tuple[Path, ...] = (FOLDER / "versions",)

    @property
    def last(self) -> str:
        """Return the number of the release that this version of Callsheet works with."""
        files = [file for folder in self.folders for file in folder.glob("[0-9]*_*.py")]
        return max(file.name.partition("_")[0] for file in files)

    def steps_from(self, found: str) -> tuple[Step, ...]:
        """Return what leads from release `found` to the last; OtherRelease if nothing does."""
        from alembic.script import ScriptDirectory  # takes half a second to import

        if found > self.last:
            raise OtherRelease(_newer(found, self.last))
        scripts = ScriptDirectory.from_config(self._alembic())
        revisions = list(scripts.iterate_revisions(self.last, found))
        return tuple(Step(one.revision, one.doc) for one in reversed(revisions))

    def climb(self, connection: sa.Connection) -> None:
        """Bring the tables that `connection` sees up to the last release, in its transaction."""
        from alembic import command

        config = self._alembic()
        config.attributes.update(connection=connection, version_table=TABLE)
        try:
            command.upgrade(config, self.last)
        except sa.exc.DBAPIError as problem:
            raise problem.orig or problem from problem

    def _alembic(self) -> "Config":
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(FOLDER))
        config.set_main_option("version_locations", "\n".join(map(str, self.folders)))
        config.set_main_option("path_separator", "newline")
        return config

    def refuse_other(self, found: str) -> None:
        """Raise OtherRelease unless `found` is the last release."""
        if found > self.last:
            raise OtherRelease(_newer(found, self.last))
        if found < self.last:
            raise OtherRelease(
                f"the warehouse is of release {found}, this version wants {self.last}\n"
                "  do           make a backup, then: callsheet migrate"
            )


RELEASES = Releases()


def release_of(tx: Transaction, tables: set[str]) -> str:
    """Return the release of a warehouse that has `tables`; '' when it has none of ours."""
    if TABLE in tables:
        return str(tx.fetch(f"select version_num from {TABLE}")[0][0])  # noqa: S608  # our own name
    return UNNUMBERED if "event" in tables else ""


def number(tx: Transaction, release: str) -> None:
    """Write down, as Alembic does, of which release a warehouse without a number is."""
    tx.execute(f"create table {TABLE} (version_num varchar(32) primary key not null)")
    tx.execute(f"insert into {TABLE} (version_num) values ($release)", release=release)  # noqa: S608  # our own name


def _newer(found: str, last: str) -> str:
    return (
        f"the warehouse is of release {found}, this version knows releases up to {last}\n"
        "  do           use the version of Callsheet that made it, or restore a backup"
    )
