"""One of several dispatchers: it dispatches whatever is due until nothing is left to be sent.

`one_dispatcher.py COMPANY` is given a line of JSON. It prints the states when every message has
left or is in doubt, whoever sent it.
"""

import json
import sys
import time

from the_day import MONDAY, MORNING, Company, states

from callsheet.dispatching.dispatch import dispatch
from callsheet.errors import Busy, StoreLost
from callsheet.store.warehouse import Warehouse
from callsheet.vocabulary import ActionState

PATIENCE_SECONDS = 900
TO_BE_SENT = (ActionState.CONFIRMED, ActionState.RETRY_WAIT, ActionState.SENDING)

if __name__ == "__main__":
    company = Company(**json.loads(sys.argv[1]))
    settings = company.settings
    warehouse = Warehouse.of(settings)
    until = time.monotonic() + PATIENCE_SECONDS
    entities = [*sys.argv[2:]] or [None]
    while time.monotonic() < until:
        for entity in entities:
            try:
                dispatch(warehouse, settings, MONDAY, MORNING, entity=entity)
            except (Busy, StoreLost):
                time.sleep(0.1)
        try:
            if not states(company, TO_BE_SENT):
                print(json.dumps(states(company)))  # noqa: T201  # read by whoever started it
                sys.exit(0)
        except (Busy, StoreLost):
            time.sleep(0.1)
    sys.exit(1)
