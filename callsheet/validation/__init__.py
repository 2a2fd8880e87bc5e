"""Judge a staged delivery row by row: loaded, duplicate or quarantined, and why.

`sorting.validate` does it; importing this package costs nothing.
"""
