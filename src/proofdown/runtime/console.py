"""The standard output: whether it has colours, and printing what is there as bytes already.

Imported before all else, so it imports next to nothing.
"""

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


def write_out(text: bytes) -> None:
    """Write a text in UTF-8 to the standard output, in whatever encoding that has.

    Raises:
        OSError: nobody reads it any more, or the disk that it goes to is full.
    """
    if sys.stdout.encoding.lower().replace("-", "") == "utf8":
        sys.stdout.flush()
        sys.stdout.buffer.write(text)
        sys.stdout.buffer.flush()
    else:
        sys.stdout.write(text.decode("utf-8", "replace"))
        sys.stdout.flush()
