"""The validation report."""

from callsheet.validation.validated import Validated


def write_report(validated: Validated) -> None:
    """Write the report."""
    validated.report.write_text("")
