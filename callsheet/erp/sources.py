"""Which kind of source a file declares, opened with the secret it needs."""

import re
from collections.abc import Mapping as Entries
from pathlib import Path

import sqlalchemy as sa
from pydantic import SecretStr
from sqlalchemy.exc import ArgumentError

from callsheet.erp.connection import AnyConnection, Connection, OdooRpc, Sql, TrytonRpc
from callsheet.erp.files import FolderSource
from callsheet.erp.guarded_http import plain_address
from callsheet.erp.mapping import Mapping
from callsheet.erp.odoo_source import OdooSource
from callsheet.erp.query import load_query
from callsheet.erp.rest_source import RestSource
from callsheet.erp.source import ErpSource
from callsheet.erp.sql_source import SqlSource
from callsheet.erp.tryton_source import TrytonSource
from callsheet.errors import ConfigurationInvalid
from callsheet.object_storage import ObjectFolder
from callsheet.settings import Source

Secrets = Entries[str, SecretStr]
NO_SECRETS: Secrets = {}


def open_source(source: Source, mapping: Mapping, secrets: Secrets) -> ErpSource:
    """Return the source that `mapping` declares; nothing is connected yet."""
    if mapping.erp is None:
        return FolderSource(_place(source), mapping)
    _refuse_password(mapping.erp)
    secret = secret_of(source, mapping.erp, secrets)
    if isinstance(mapping.erp, Sql):
        return _database(mapping.erp, mapping, source.mapping.parent, secret)
    if isinstance(mapping.erp, TrytonRpc):
        return TrytonSource(mapping.erp, mapping, secret)
    if isinstance(mapping.erp, OdooRpc):
        return OdooSource(mapping.erp, mapping, secret)
    services = {name: table for name, table in mapping.tables.items() if table.path is not None}
    return RestSource(mapping.erp, services, secret)


def _place(source: Source) -> Path | ObjectFolder:
    if source.folder is not None and source.url is None:
        return source.folder
    if source.url is not None and source.folder is None:
        return ObjectFolder(source.url)
    raise ConfigurationInvalid(
        f"source {source.name}: it is not said where its files lie, or it is said twice\n"
        "  do           write `folder:` or `url:` in the settings, or `erp:` in"
        f" {source.mapping.name}"
    )


def shown_address(erp: AnyConnection) -> str:
    """Return where an ERP answers, without what nobody should read."""
    if isinstance(erp, Sql):
        try:
            return sa.make_url(erp.url).render_as_string(hide_password=True)
        except ArgumentError:
            return "not an address of a database"
    return plain_address(erp.url)


def _refuse_password(erp: AnyConnection) -> None:
    """Refuse an address that holds a password: it would be copied and committed."""
    if isinstance(erp, Sql):
        held = re.search(r"//[^/@]*:[^/@]*@", erp.url)
    else:
        held = re.search(r"//[^/]*@", erp.url)
    if held:
        raise ConfigurationInvalid(
            f"erp.url: holds a password\n  found        {shown_address(erp)}\n"
            "  do           remove it, and set the variable CALLSHEET_SECRETS__<SOURCE>"
        )


def secret_name(source: Source, connection: Connection) -> str:
    """Return the entry of `secrets` that a source signs in with: its own name, if none is said."""
    plain = "".join(letter if letter.isalnum() else "_" for letter in source.name.lower())
    return connection.secret or plain


def secret_of(source: Source, connection: Connection, secrets: Secrets) -> str:
    """Return the password or key of a source; '' when there is none."""
    found = secrets.get(secret_name(source, connection))
    return found.get_secret_value() if found is not None else ""


def _database(erp: Sql, mapping: Mapping, folder: Path, secret: str) -> SqlSource:
    try:
        url = sa.make_url(erp.url)
    except ArgumentError:
        raise ConfigurationInvalid(
            "erp.url: not an address of a database\n"
            "  do           write it as postgresql+psycopg://user@host/database"
        ) from None
    tables = {name: table for name, table in mapping.tables.items() if table.query is not None}
    queries = {name: load_query(folder, table.query or "") for name, table in tables.items()}
    return SqlSource(erp, url.set(password=secret) if secret else url, tables, queries)
