"""Whether the user asks for colours; imported before all else, so it imports next to nothing."""

import os
import sys


def wants_colour() -> bool | None:
    """Return what `NO_COLOR` and `FORCE_COLOR` ask for; None where the terminal decides."""
    if os.environ.get("NO_COLOR"):
        return False
    return True if os.environ.get("FORCE_COLOR") else None


def shows_colour() -> bool:
    """Return whether what is printed now is to have colours."""
    asked = wants_colour()
    return sys.stdout.isatty() if asked is None else asked
