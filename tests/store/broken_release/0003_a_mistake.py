"""A release that never was: it fails after it changed something.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    with op.batch_alter_table("action") as action:
        action.add_column(sa.Column("colour", sa.Text, nullable=True))
    raise ZeroDivisionError
