"""A fresh interpreter that goes on where killed ones ended: `recover.py COMPANIES RESULTS`.

It has touched none of these companies before. Each line of COMPANIES is one; each line of RESULTS
tells what came of it.
"""

import json
import sys
import traceback
from pathlib import Path

from the_day import Company, recover

if __name__ == "__main__":
    with Path(sys.argv[2]).open("w") as results:
        for line in Path(sys.argv[1]).read_text().splitlines():
            company = Company(**json.loads(line))
            try:
                found = recover(company)
            except Exception:  # noqa: BLE001  # told in the table, with the seed
                found = {"run": company.run, "failed": traceback.format_exc()}
            results.write(json.dumps(found) + "\n")
            results.flush()
