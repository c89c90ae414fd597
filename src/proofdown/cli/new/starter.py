"""The small site that `proofdown new` writes."""

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from proofdown.diagnostics import Diagnostic, OutputError, unwritable
from proofdown.source import Location


def write_starter(folder: Path) -> list[str]:
    """Write a site into a new or empty folder or fresh repository; return its paths.

    Raises:
        OutputError: the folder is not empty, or it cannot be written.
    """
    try:
        if folder.exists() and (not folder.is_dir() or _has_files(folder)):
            message = f"`{folder}` is not an empty folder"
            help_ = "name a folder that does not exist yet"
            raise OutputError(Diagnostic("foreign-output", message, Location(str(folder)), help_))
        found = sorted(_walk(files("proofdown.cli.new") / "starter", ""))
        for path, data in found:
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
    except OSError as fault:
        raise unwritable(f"`{folder}`", Location(str(folder)), fault) from fault
    return [path for path, _ in found]


def _has_files(folder: Path) -> bool:
    """Return whether a folder contains anything except a Git repository."""
    return any(entry.name != ".git" for entry in folder.iterdir())


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, bytes]]:
    """Return the path and content of each file in a folder and its subfolders."""
    found = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += _walk(entry, f"{prefix}{entry.name}/")
        else:
            # Shipped without its dot: in this repository it would be in effect.
            name = ".gitignore" if entry.name == "gitignore" else entry.name
            found.append((prefix + name, entry.read_bytes()))
    return found
