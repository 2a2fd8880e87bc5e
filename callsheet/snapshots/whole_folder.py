"""A folder that is there whole or not at all: filled under a hidden name, then renamed at once."""

import hashlib
import json
import os
import shutil
from pathlib import Path

MANIFEST = "manifest.json"


def staging_in(folder: Path, source: str) -> Path:
    """Return an empty folder nobody sees; those of processes that died are removed."""
    for left in folder.glob(f".{source}-*"):
        if not _is_alive(int(left.name.rpartition("-")[2])):
            shutil.rmtree(left, ignore_errors=True)
    staging = folder / f".{source}-{os.getpid()}"
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    return staging


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def make_visible(staging: Path, target: Path) -> None:
    """Make everything durable, then visible; a folder that is there already is the same one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    for path in staging.iterdir():
        if path.stat().st_nlink == 1:  # a linked file was made durable with its first snapshot
            make_durable(path)
    make_durable(staging)
    if target.exists():
        shutil.rmtree(staging)
        return
    staging.rename(target)
    make_durable(target.parent)


def make_durable(path: Path) -> None:
    """Return when what a file or a folder says is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def manifest_files(manifest: str) -> dict[str, str]:
    """Return the names of a snapshot's files, with the digest of each, as its manifest has them."""
    files: dict[str, str] = json.loads(manifest)["files"]
    return files
