"""Passwords of sources that are kept in Prefect: looked up in a task, known to the core as text."""

from collections.abc import Iterable
from typing import Any

from prefect.blocks.system import Secret
from pydantic import SecretStr

from callsheet.erp.mapping_file import load_mapping
from callsheet.erp.sources import secret_name
from callsheet.settings import Settings, Source


def with_secret_blocks(settings: Settings, sources: Iterable[Source]) -> Settings:
    """Return the settings with what Secret blocks hold for `sources`; a variable goes first.

    The block of secret `erp_reader` is called `callsheet-erp-reader`. Without one nothing changes.
    """
    found: dict[str, SecretStr] = {}
    for source in sources:
        erp = load_mapping(source.mapping).erp if source.place is None else None
        name = secret_name(source, erp) if erp is not None else ""
        if name and name not in settings.secrets and (held := _block(name)) is not None:
            found[name] = held
    if not found:
        return settings
    return settings.model_copy(update={"secrets": {**settings.secrets, **found}})


def _block(name: str) -> SecretStr | None:
    try:
        block: Any = Secret.load("callsheet-" + name.replace("_", "-"))
    except ValueError:  # there is no such block
        return None
    return SecretStr(str(block.get()))
