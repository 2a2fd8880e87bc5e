"""Who says something in the terminal, on which business day: the options, and what they tell."""

import getpass
from datetime import date
from typing import Annotated

import typer

from callsheet.business_day import business_day, business_moment
from callsheet.dispatching.open_actions import Telling
from callsheet.settings import Settings

By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who says so; else your login.")]


def told_by(settings: Settings, by: str, on: date | None) -> Telling:
    """Return who says it (`by`, else the login), on which business day, at which moment."""
    day = business_day(settings, on)
    return Telling(day, business_moment(settings, day), by or getpass.getuser())
