"""The companies that the laboratory copies: `prepare.py STAGE HOME [URL [ACTIONS]]`, once a stage.

published   a snapshot is there, nothing has been decided
planned     two entities' mails are planned: every fourth waits for a yes
confirmed   they are planned, and the yes has been said
"""

import importlib.util
import sys
from pathlib import Path

from callsheet.desk.answering import Answer, Choice, give_answer
from callsheet.desk.confirmation import lists_to_confirm

ROOT = Path(__file__).parents[2]
ENTITIES = ("FR1", "FR2")
TO_CONFIRM = 4  # every fourth
ACTIONS = 24


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


def prepare(stage: str, home: Path, url: str = "", actions: int | str = ACTIONS) -> None:
    company = a_company(home, url)
    keys = {f"C{no:04}": ENTITIES[no % len(ENTITIES)] for no in range(int(actions))}
    for key, entity in keys.items():
        company.customer(key)
        company.tables["open_items"][-1]["entity"] = entity
    company.pull()
    if stage != "published":
        company.plan(
            *(
                {"customer": key, "entity": entity, "unit": f"{key}|{entity}", "step": step_of(no)}
                for no, (key, entity) in enumerate(keys.items())
            )
        )
    if stage == "confirmed":
        with company.warehouse.reading() as tx:
            lists = lists_to_confirm(tx, company.as_of)
        yes = Answer(Choice.ALL, "Claire Moreau", frozenset(), "")
        give_answer(company.warehouse, company.settings, lists, yes, company.told(yes.name))


def step_of(number: int) -> str:
    return "email-3" if number % TO_CONFIRM == 0 else "email-1"


if __name__ == "__main__":
    prepare(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
