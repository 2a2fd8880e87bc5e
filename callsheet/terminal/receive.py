"""`callsheet receive` and `callsheet drain`: provider events come in, and go to the ledger."""

from typing import Annotated

import typer

from callsheet import clock
from callsheet.business_day import business_day, business_moment
from callsheet.evidence.gathering import gather
from callsheet.receiver.inbox import Inbox
from callsheet.settings_file import load_settings
from callsheet.store.warehouse import Warehouse
from callsheet.terminal.options import AsJson, AsOf, SettingsFile, print_json

app = typer.Typer()
_KEEP_ALIVE_SECONDS = 5
_MOST_CONNECTIONS = 64

Host = Annotated[str, typer.Option("--host", help="Else receiver.host: loopback by default.")]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="Else receiver.port.")]


@app.command()
def receive(host: Host = "", port: Port = 0, settings: SettingsFile = None) -> None:
    """Receive SendGrid's signed events until interrupted: stored first, then acknowledged."""
    loaded = load_settings(settings)
    place = loaded.receiver.model_copy(
        update={"host": host or loaded.receiver.host, "port": port or loaded.receiver.port}
    )
    import uvicorn  # slow to load

    from callsheet.receiver.app import PATH, receiver

    application = receiver(place, Inbox(loaded.home), clock.now)
    typer.echo(f"Receiving on http://{place.host}:{place.port}{PATH} (Ctrl-C stops it)", err=True)
    uvicorn.run(
        application,
        host=place.host,
        port=place.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
    )


@app.command()
def drain(as_of: AsOf = None, settings: SettingsFile = None, as_json: AsJson = False) -> None:
    """Apply what was received: delivered, bounced, called spam; doubts are closed by proof."""
    loaded = load_settings(settings)
    day = business_day(loaded, as_of)
    found = gather(Warehouse.of(loaded), loaded, day, business_moment(loaded, day))
    if as_json:
        print_json(found.as_text())
    else:
        typer.echo(found.sentence)
    raise typer.Exit(1 if found.problems else 0)
