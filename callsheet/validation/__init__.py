"""Judge a staged delivery row by row: loaded, duplicate or quarantined, and why."""

from callsheet.validation.sorting import validate
from callsheet.validation.validated import Counts, SnapshotFiles, Validated

__all__ = ["Counts", "SnapshotFiles", "Validated", "validate"]
