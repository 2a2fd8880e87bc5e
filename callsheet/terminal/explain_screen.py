"""How an explanation looks on a screen."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from callsheet.messages.amount_text import day_text
from callsheet.reading.explain import Explanation


def print_explanation(console: Console, one: Explanation) -> None:
    """Print why one account hears from us, or does not."""
    where = f", {one.entity_name} ({one.entity})" if one.entity else ""
    console.print(f"\n[bold]{escape(one.name)}[/] ({escape(one.customer)}){escape(where)}")
    console.print(f"as of {one.as_of:%A} {day_text(one.as_of)}\n")
    for sentence in one.sentences:
        console.print(f"  {escape(sentence)}")
    if one.steps:
        _print_steps(console, one)
    if one.next_step:
        when = f", {day_text(one.next_on)}" if one.next_on else ""
        console.print(f"\n  Next, as things stand now: {escape(one.next_step)}{when}")
    if not one.agrees:
        console.print(
            "\n  [bold]The rules, asked again, decide otherwise[/] in"
            f" {', '.join(one.differs_in)}: scenario, settings or data have changed since."
        )


def _print_steps(console: Console, one: Explanation) -> None:
    table = Table("day", "step", "became", "because", "by", box=None, header_style="dim")
    for line in one.steps:
        table.add_row(
            str(line.on_day), escape(line.what), line.state, escape(line.why), escape(line.author)
        )
    console.print("\n  In this run:")
    console.print(table)
