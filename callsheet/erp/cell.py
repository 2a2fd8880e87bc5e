"""Write a typed cell (XLSX, Parquet) as the text that the mapping declares."""

from datetime import date, datetime, time
from decimal import Decimal

from callsheet.erp.mapping import EXCEL_SERIAL, Written


def cell_text(cell: object, written: Written) -> str | None:
    """Return a cell as text: decimals with the declared mark, days in the declared format."""
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, (date, datetime)):
        form = "%Y-%m-%d" if written.date == EXCEL_SERIAL else written.date
        return cell.strftime(form)
    if isinstance(cell, float):
        cell = Decimal(repr(cell))
        cell = cell.to_integral_value() if cell == cell.to_integral_value() else cell
    if isinstance(cell, Decimal):
        return f"{cell:f}".replace(".", written.decimal)
    return cell.isoformat() if isinstance(cell, time) else str(cell)
