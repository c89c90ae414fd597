"""Write bytes to the standard output, and decide whether output has colours."""

# The fast path imports this module, so import only what Python has loaded anyway.
import os
import sys


def wants_colour() -> bool | None:
    """Return what `NO_COLOR` or `FORCE_COLOR` decides, or None if neither is set."""
    if os.environ.get("NO_COLOR"):
        return False
    return True if os.environ.get("FORCE_COLOR") else None


def shows_colour() -> bool:
    """Return whether the standard output should have colours."""
    asked = wants_colour()
    return sys.stdout.isatty() if asked is None else asked


def write_out(text: bytes) -> None:
    """Write UTF-8 text to the standard output, in that stream's own encoding.

    Raises:
        OSError: the pipe is closed, or the disk is full.
    """
    if sys.stdout.encoding.lower().replace("-", "") == "utf8":
        sys.stdout.flush()  # text that was printed before must come first
        sys.stdout.buffer.write(text)
        sys.stdout.buffer.flush()
    else:
        sys.stdout.write(text.decode("utf-8", "replace"))
        sys.stdout.flush()
