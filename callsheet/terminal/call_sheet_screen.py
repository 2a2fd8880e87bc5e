"""How a call sheet looks on a screen: an entity at a time, a table per channel."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from callsheet.messages.amount_text import amounts_text, count_text
from callsheet.reading.call_sheet import SILENT, CallSheet, EntitySheet, Line, NotContacted
from callsheet.reading.open_breakers import Held
from callsheet.reading.sheet_exceptions import SheetException

CHANNELS: Mapping[str, str] = {
    "phone": "Phone calls",
    "visit": "Visits",
    "email": "E-mails",
    "interactive_email": "E-mails with a reply page",
    "sms": "Text messages",
    "fax": "Faxes",
    "letter": "Letters",
    "registered_letter": "Registered letters",
    "committee": "Cash committee",
    "litigation": "Litigation",
    "internal_email": "Requests to colleagues",
    "internal_interactive_email": "Requests to colleagues with a reply page",
}
_SHOWN_LINES = 12
_SHOWN_CUSTOMERS = 6


def print_sheet(console: Console, sheet: CallSheet, *, everything: bool = False) -> None:
    """Print a call sheet; without `everything` long tables end with how many more there are."""
    limit = 10**9 if everything else _SHOWN_LINES
    console.rule(f"[bold]Call sheet of {sheet.as_of:%A %d %B %Y}[/] · {escape(sheet.environment)}")
    print_held(console, sheet.held)
    if not sheet.entities:
        console.print("Nothing was decided for this day.")
    for entity in sheet.entities:
        _print_entity(console, entity, limit)
    _print_exceptions(console, sheet.exceptions, limit)
    _print_places(console, sheet.places)


def print_held(console: Console, held: Iterable[Held]) -> None:
    """Print what holds messages back, and what is to be done."""
    for one in held:
        console.print(f"\n[bold red]HELD BACK[/] {escape(one.line)}")
        console.print(f"  do: {escape(one.do)} (callsheet breaker show {one.name})")


def _print_entity(console: Console, sheet: EntitySheet, limit: int) -> None:
    console.print(f"\n[bold]{escape(sheet.name)}[/] ({escape(sheet.entity)})")
    claimed = f", {amounts_text(sheet.totals)} claimed" if sheet.totals else ""
    console.print(f"{count_text(sheet.accounts_contacted, 'account')} contacted{claimed}")
    contacts = [line for line in sheet.lines if line.is_contact]
    for channel, title in CHANNELS.items():
        if lines := [line for line in contacts if line.channel == channel]:
            _print_channel(console, title, lines, limit)
    if stopped := [line for line in sheet.lines if not line.is_contact]:
        _print_stopped(console, stopped, limit)
    if sheet.not_contacted:
        _print_not_contacted(console, sheet.not_contacted)


def _print_channel(console: Console, title: str, lines: Sequence[Line], limit: int) -> None:
    doing = ", ".join(f"{n} {word}" for word, n in Counter(one.doing for one in lines).items())
    table = _table("customer", "step", "leader", "late", "claimed", "stands")
    for line in lines[:limit]:
        table.add_row(
            _customer(line),
            escape(line.step_title) + (" §" if line.legal else ""),
            escape(line.leader),
            _lateness(line.days_late),
            f"{amounts_text(line.claim)} ({count_text(line.items, 'item')})" if line.claim else "",
            line.doing,
        )
    console.print(f"\n  [bold]{title}[/]: {doing}")
    console.print(table)
    _print_more(console, len(lines) - limit)


def _print_stopped(console: Console, lines: Sequence[Line], limit: int) -> None:
    table = _table("customer", "step", "stands", "because")
    for line in lines[:limit]:
        table.add_row(_customer(line), escape(line.step_title), line.doing, escape(line.why))
    console.print(f"\n  [bold]Planned, but not sent[/]: {len(lines)}")
    console.print(table)
    _print_more(console, len(lines) - limit)


def _print_not_contacted(console: Console, groups: Iterable[NotContacted]) -> None:
    table = _table("accounts", "because", "who")
    total = 0
    for group in groups:
        total += group.accounts
        who = ", ".join(group.customers[:_SHOWN_CUSTOMERS])
        more = group.accounts - _SHOWN_CUSTOMERS
        silent = group.reason in SILENT
        who = "" if silent else who + (f" and {more} more" if more > 0 else "")
        table.add_row(str(group.accounts), group.why, escape(who))
    console.print(f"\n  [bold]Not contacted[/]: {count_text(total, 'account')}")
    console.print(table)


def _print_exceptions(console: Console, exceptions: Sequence[SheetException], limit: int) -> None:
    if not exceptions:
        console.print("\nNo exceptions.")
        return
    console.print(f"\n[bold]Exceptions to look at[/]: {len(exceptions)}")
    table = _table("what", "entity", "customer", "found")
    by_code: dict[str, list[SheetException]] = {}
    for one in exceptions:
        by_code.setdefault(one.code, []).append(one)
    for group in by_code.values():
        shown = group if limit > _SHOWN_LINES else group[:3]
        for one in shown:
            table.add_row(one.what, escape(one.entity), escape(one.customer), escape(one.found))
        if len(group) > len(shown):
            table.add_row(f"… {len(group) - len(shown)} more of these", "", "", "")
    console.print(table)


def _print_places(console: Console, places: Mapping[str, str]) -> None:
    titles = {
        "messages": "Messages",
        "history": "History",
        "why": "Why this one?",
        "worklist": "Worklist",
        "ui": "Prefect UI",
    }
    console.print()
    for name, place in places.items():
        console.print(f"{titles[name]:<14}{escape(place)}", soft_wrap=True)


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=True, header_style="dim", padding=(0, 1))
    for column in columns:
        right = column in ("late", "accounts")
        table.add_column(column, justify="right" if right else "left", overflow="fold")
    return table


def _customer(line: Line) -> str:
    return escape(f"{line.name} ({line.customer})" if line.name != line.customer else line.name)


def _lateness(days_late: int | None) -> str:
    if days_late is None:
        return ""
    return f"{days_late} d" if days_late >= 0 else f"in {-days_late} d"


def _print_more(console: Console, more: int) -> None:
    if more > 0:
        console.print(f"   … and {more} more: callsheet today --all")
