"""`callsheet edit`: write a message anew before it goes; the new text needs a yes of its own."""

import difflib
import sys
from pathlib import Path
from typing import Annotated

import click
import typer

from callsheet.desk.editing import Edit, edit, keep_edit, text_of, undo
from callsheet.errors import UsageInvalid
from callsheet.messages.message import Message
from callsheet.messages.rewritten import body_of
from callsheet.settings_file import load_settings
from callsheet.store.warehouse import Warehouse
from callsheet.terminal.options import AsJson, AsOf, SettingsFile, print_json
from callsheet.terminal.telling import By, told_by

app = typer.Typer()

_SUBJECT = "Subject: "
TextFile = Annotated[
    str, typer.Option("--text-file", metavar="FILE", help="The new text; - reads standard input.")
]


@app.command("edit")
def edit_message(  # noqa: PLR0917  # typer reads the options from the parameters
    action: Annotated[str, typer.Argument(help="The action's id, or its first 6 characters.")],
    subject: Annotated[str | None, typer.Option("--subject", help="The new subject.")] = None,
    text_file: TextFile = "",
    take_back: Annotated[bool, typer.Option("--undo", help="Back to the text as planned.")] = False,
    by: By = "",
    note: Annotated[str, typer.Option("--note", help="Kept with the event.")] = "",
    as_of: AsOf = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show the difference.")] = False,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Edit a mail or a letter's body in $EDITOR, or with --subject and --text-file.

    It must then be confirmed.
    """
    if take_back and (subject is not None or text_file):
        raise UsageInvalid("--undo goes back to the planned text: leave --subject and --text-file")
    loaded = load_settings(settings)
    told = told_by(loaded, by, as_of)
    warehouse = Warehouse.of(loaded)
    with warehouse.reading() as tx:
        standing, before = text_of(tx, loaded, action)
    wanted = ("", "") if take_back else _wanted(before, subject, text_file)
    with warehouse.reading() if dry_run else warehouse.transaction() as tx:
        found = (
            undo(tx, loaded, action)
            if take_back
            else edit(tx, loaded, action, *wanted, seen=standing.content_hash)
        )
        if not dry_run:
            keep_edit(tx, loaded, found, told, note)
    _show(found, told.author, is_kept=not dry_run, as_json=as_json)


def _wanted(before: Message, subject: str | None, text_file: str) -> tuple[str, str]:
    """Return the subject and text a person wants: as given, else as typed in an editor."""
    if subject is None and not text_file:
        return _typed(before)
    text = _read(text_file) if text_file else body_of(before)
    return (before.subject if subject is None else subject), text


def _typed(before: Message) -> tuple[str, str]:
    """Open the message in the person's editor; the warehouse is not held meanwhile."""
    typed = click.edit(f"{_SUBJECT}{before.subject}\n\n{body_of(before)}", extension=".txt")
    if typed is None:
        raise UsageInvalid("the editor was left without saving: nothing was recorded")
    first, _, text = typed.lstrip().partition("\n")
    if not first.startswith(_SUBJECT.strip()):
        raise UsageInvalid(f"the first line must go on saying {_SUBJECT.strip()} …")
    return first.removeprefix(_SUBJECT.strip()), text.lstrip("\n")


def _read(name: str) -> str:
    if name == "-":
        return sys.stdin.read()
    try:
        return Path(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise UsageInvalid(f"{name}: cannot be read as UTF-8 text\n  found        {problem}") from (
            problem
        )


def _show(found: Edit, author: str, *, is_kept: bool, as_json: bool) -> None:
    if as_json:
        print_json(_plain(found, author, is_kept=is_kept))
        return
    typer.echo("\n".join(_difference(found)))
    short = found.action.action_id[:8]
    if not is_kept:
        typer.echo(f"\n{short}: nothing was recorded (--dry-run)")
        return
    again = "; the yes to the former text is void" if found.asks_again else ""
    typer.echo(f"\n{short}: written by {author}, to be confirmed{again}")
    typer.echo(f"To take it back: callsheet edit {short} --undo")


def _difference(found: Edit) -> list[str]:
    """Return what changes, line by line."""
    before, after = (
        [f"{_SUBJECT}{one.subject}", "", *one.text.splitlines()]
        for one in (found.before, found.after)
    )
    return list(difflib.unified_diff(before, after, "before", "after", lineterm=""))


def _plain(found: Edit, author: str, *, is_kept: bool) -> dict[str, object]:
    return {
        "action": found.action.action_id,
        "author": author,
        "recorded": is_kept,
        "needs_another_yes": found.asks_again,
        "before": _content(found.before),
        "after": _content(found.after),
    }


def _content(message: Message) -> dict[str, str]:
    return {
        "content_hash": message.content_hash,
        "subject": message.subject,
        "text": message.text,
        "html": message.html,
    }
