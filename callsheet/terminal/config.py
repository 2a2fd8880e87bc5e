"""`callsheet config show`: the settings in force, and where each value comes from."""

import typer
from rich.markup import escape
from rich.table import Table

from callsheet.settings_file import loaded_settings
from callsheet.terminal.options import AsJson, SettingsFile, print_json, screen

app = typer.Typer()
config = typer.Typer(help="The settings in force.", no_args_is_help=True)
app.add_typer(config, name="config")


@config.command("show")
def show(settings: SettingsFile = None, as_json: AsJson = False) -> None:
    """Show every setting and where it comes from; secrets are not shown."""
    loaded = loaded_settings(settings)
    if as_json:
        print_json({"file": str(loaded.file), "settings": [vars(one) for one in loaded.trace]})
        return
    table = Table("setting", "value", "set by", box=None, pad_edge=False)
    for one in loaded.trace:
        table.add_row(escape(one.key), escape(one.shown), escape(one.set_by))
    screen().print(table)
