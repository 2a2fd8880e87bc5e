"""A small company for the flow `confirm`, and the settings by which a worker finds it."""

import importlib.util
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]


def company_module() -> Any:
    """Return the tests of dispatch's company: its days are played by hand, the rest is real."""
    return conftest_of("dispatch")


def conftest_of(area: str) -> Any:
    """Return what the tests of another area share, under a name of its own."""
    name = f"shared_by_{area}"
    if name not in sys.modules:
        place = ROOT / "tests" / area / "conftest.py"
        spec = importlib.util.spec_from_file_location(name, place)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


def a_waiting_company(home: Path, customers: int, url: str = "") -> Any:
    """Return a company with one reminder to confirm for each of its customers."""
    company = company_module().a_company(home, url)
    keys = [f"C{number}" for number in range(1, customers + 1)]
    for key in keys:
        company.customer(key)
    company.pull()
    company.plan(*({"customer": key, "step": "email-3"} for key in keys))
    return company


def settings_file(company: Any, place: Path, **more: Any) -> Path:
    """Write the company's settings where a flow in another process finds them."""
    said = {
        "environment": "sample",
        "sample_day": company.as_of,
        "home": str(company.settings.home),
        "sources": [{"name": "erp", "folder": ".", "mapping": "mapping.yaml"}],
        "scenarios": str(company.settings.scenarios),
        "templates": str(company.settings.templates),
        "message_domain": company.settings.message_domain,
    }
    place.write_text(yaml.safe_dump(said | more))
    return place


def confirmations(company: Any) -> list[tuple[str, str, dict[str, Any]]]:
    """Return state, author and details of everything recorded of lists, in order."""
    from callsheet.sealing.words import details_of

    with company.warehouse.reading() as tx:
        rows = tx.fetch(
            "select state, author, body from event where kind = 'confirmation' order by ledger_seq"
        )
        details = details_of(tx, (body for _, _, body in rows))
    return [
        (state, author, detail) for (state, author, _), detail in zip(rows, details, strict=True)
    ]
