"""The companies that the laboratory copies: `prepare.py STAGE HOME [DATABASE_URL]`, once a stage.

published   a snapshot is there, nothing has been decided
planned     two entities' mails are planned: 18 automatic ones, 6 that wait for a yes
"""

import importlib.util
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
ENTITIES = {"FR1": range(14), "FR2": range(14, 24)}
TO_CONFIRM = 4  # every fourth


def a_company(home: Path, url: str):
    """Return the company whose days the dispatch tests play."""
    place = ROOT / "tests" / "dispatch" / "conftest.py"
    spec = importlib.util.spec_from_file_location("played_company", place)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    company = module.a_company(home, url)
    company.add("entities", **{**module.FRANCE, "entity": "FR2", "name": "Atelier Nord SAS"})
    return company


def prepare(stage: str, home: Path, url: str = "") -> None:
    company = a_company(home, url)
    keys = {f"C{no:02}": entity for entity, numbers in ENTITIES.items() for no in numbers}
    for key, entity in keys.items():
        company.customer(key)
        company.tables["open_items"][-1]["entity"] = entity
    company.pull()
    if stage == "planned":
        company.plan(
            *(
                {"customer": key, "entity": entity, "unit": f"{key}|{entity}", "step": step_of(no)}
                for no, (key, entity) in enumerate(keys.items())
            )
        )


def step_of(number: int) -> str:
    return "email-3" if number % TO_CONFIRM == 0 else "email-1"


if __name__ == "__main__":
    prepare(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
