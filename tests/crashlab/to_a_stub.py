"""Settings of a company whose messages go to a stub on this machine."""

from pathlib import Path

from pydantic import SecretStr

from callsheet.settings import Channels, SendgridSettings, Settings, SmtpSettings, Source

ROOT = Path(__file__).parents[2]


def settings_to_a_stub(home: Path, url: str, channel: str, port: int, **more) -> Settings:
    """Return them: `channel` is smtp or sendgrid, `port` the stub's; `more` settings as given."""
    account = SendgridSettings(api_key=SecretStr("SG.stub"), host=f"http://127.0.0.1:{port}")
    return Settings(
        environment="test",
        home=home,
        warehouse=SecretStr(url),
        sources=(Source(name="erp", folder=home, mapping=home / "mapping.yaml"),),
        scenarios=ROOT / "scenarios",
        templates=ROOT / "templates",
        channels=Channels(
            email=channel,
            smtp=SmtpSettings(host="127.0.0.1", port=port, security="none"),
            sendgrid=account,
        ),
        **more,
    )
