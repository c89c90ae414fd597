"""Where a site is: the folder with its settings. Light to import, for it comes before all else."""

from pathlib import Path

SETTINGS_FILE = "proofdown.yml"


def nearest_root(start: Path) -> Path | None:
    """Return the nearest folder, from this one upward, that holds settings; None for none."""
    start = start.resolve()
    return next((f for f in (start, *start.parents) if (f / SETTINGS_FILE).is_file()), None)
