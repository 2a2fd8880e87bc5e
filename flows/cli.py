"""The terminal: `callsheet COMMAND`. It mounts the core's commands and adds those of Prefect."""

import sys
from importlib import import_module
from typing import Annotated

import typer

from callsheet.business_day import business_day
from callsheet.errors import CallsheetError
from callsheet.settings_file import load_settings
from callsheet.terminal.options import AsJson, AsOf, EntityName, SettingsFile
from flows.environment import use_prefect_settings

COMMANDS = (
    "reading", "decide", "preview", "people", "edit", "confirm", "dispatch", "breaker",
    "doubt", "suppressed", "receive", "states", "replay",
    "status", "config", "export", "migrate", "verify", "restored", "audit", "erase", "set_aside",
    "source",
)  # fmt: skip

app = typer.Typer(
    name="callsheet",
    help="Collection scenarios for accounts receivable.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command()
def run(
    as_of: AsOf = None,
    entity: EntityName = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Play one business day, as the schedule does, and print its call sheet."""
    loaded = load_settings(settings)
    use_prefect_settings(loaded.home)
    from callsheet.terminal.reading import print_call_sheet
    from flows.collect import collect  # Prefect takes seconds to import

    typer.echo(f"Playing {business_day(loaded, as_of)} …", err=True)
    summary = collect(entity, as_of, str(settings.resolve()) if settings else None)
    has_exceptions = print_call_sheet(loaded, summary.as_of, entity, as_json=as_json)
    raise typer.Exit(1 if has_exceptions else 0)


@app.command()
def ui(
    settings: SettingsFile = None,
    port: Annotated[int, typer.Option(help="Loopback port of the server.")] = 4200,
) -> None:
    """Start a local Prefect with our deployments and a worker; offline."""
    from flows.ui import serve

    serve(load_settings(settings).home, port)


def mount() -> None:
    """Add the core's commands, each from its own file."""
    for name in COMMANDS:
        app.add_typer(import_module(f"callsheet.terminal.{name}").app)


def main() -> None:
    """Run a command; a problem becomes one message and its exit code, never a traceback."""
    mount()
    try:
        app()
    except CallsheetError as problem:
        typer.echo(f"callsheet: {problem}", err=True)
        sys.exit(problem.exit_code)


if __name__ == "__main__":
    main()
