"""Faults of configuration files, gathered so that a person sees all of them at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from callsheet.errors import ConfigurationInvalid


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: where, what, what was found, and what to do."""

    where: str
    what: str
    found: str
    do: str
    looked_for: str = ""

    def __str__(self) -> str:
        """Return it as a person reads it."""
        lines = [f"{self.where}: {self.what}"]
        if self.looked_for:
            lines.append(f"  looked for   {self.looked_for}")
        lines.append(f"  found        {self.found}")
        lines.append(f"  do           {self.do}")
        return "\n".join(lines)


def refuse(faults: Sequence[Fault | ConfigurationInvalid]) -> None:
    """Raise ConfigurationInvalid with every fault, in the order given; none is no error."""
    if faults:
        raise ConfigurationInvalid("\n\n".join(str(fault) for fault in faults))
