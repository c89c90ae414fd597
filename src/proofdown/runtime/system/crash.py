"""Report runs that fail outside the site: a bug, lack of memory, a system call.

People get a short text, with the traceback if `PROOFDOWN_TRACEBACK` is set; programs get a
diagnostic.
"""

import errno
import os
import sys
import threading
import traceback

from msgspec import Struct

import proofdown
from proofdown.diagnostics import Diagnostic
from proofdown.source import Location, printable_lines

CODE = "run-failed"
_LONGEST_MESSAGE = 400
_NO_MEMORY = (os.strerror(errno.ENOMEM), "failed to map segment", "MAP_FAILED", "bad_alloc")
"""What exceptions other than `MemoryError` contain if the system or a C library lacks memory."""
_FOLDER = os.path.dirname(proofdown.__file__) + os.sep  # noqa: PTH120 (compared with the file names of frames, which are strings)


class Crash(Struct, frozen=True, kw_only=True):
    """An unexpected exception as plain data, so that a worker can send it."""

    kind: str
    """The name of its class."""
    message: str
    where: str
    """Proofdown's innermost function in the traceback: `load_config` in settings.py:120."""
    trace: str
    is_memory: bool = False
    is_system: bool = False


class CrashError(Exception):
    """The run failed unexpectedly, as `crash` describes."""

    def __init__(self, crash: Crash) -> None:
        super().__init__(f"{crash.kind}: {crash.message}")
        self.crash = crash


def crash_of(fault: BaseException) -> Crash:
    """Return an exception as plain data, or the crash that a worker sent."""
    if isinstance(fault, CrashError):
        return fault.crash
    message = "".join(c if c.isprintable() else " " for c in str(fault))
    lacks_memory = any(words in str(fault) for words in _NO_MEMORY)
    return Crash(
        kind=type(fault).__name__,
        message=" ".join(message.split())[:_LONGEST_MESSAGE],
        where=_innermost(fault),
        trace="".join(traceback.format_exception(fault)),
        is_memory=isinstance(fault, MemoryError) or lacks_memory,
        # An `OSError` without `strerror` was raised by Python code, not by a system call.
        is_system=isinstance(fault, OSError) and bool(fault.strerror),
    )


def _innermost(fault: BaseException) -> str:
    """Return Proofdown's innermost function in a traceback, with its location."""
    found = ""
    for frame, line in traceback.walk_tb(fault.__traceback__):
        code = frame.f_code
        if code.co_filename.startswith(_FOLDER):
            found = f"`{code.co_qualname}` in {code.co_filename.removeprefix(_FOLDER)}:{line}"
    return found or "its libraries"


def diagnostic_of(crash: Crash) -> Diagnostic:
    """Return the diagnostic that programs get in place of a report."""
    return Diagnostic(CODE, _reason(crash), Location(""), _advice(crash))


def text_of(crash: Crash) -> str:
    """Return the text for people, with the traceback if `PROOFDOWN_TRACEBACK` is set."""
    trace = printable_lines(crash.trace) if os.environ.get("PROOFDOWN_TRACEBACK") else ""
    return f"{trace}error[{CODE}]: {_reason(crash)}\n    = help: {_advice(crash)}\n"


def print_thread_crash(what: threading.ExceptHookArgs) -> None:
    """Print an unexpected exception of another thread; for `threading.excepthook`."""
    if what.exc_value is not None:
        sys.stderr.write(text_of(crash_of(what.exc_value)))


def _reason(crash: Crash) -> str:
    """Return the message of a crash's diagnostic."""
    shown = f"{crash.kind}: {crash.message}" if crash.message else crash.kind
    if crash.is_memory:
        return f"out of memory in {crash.where}"
    if crash.is_system:
        return f"a system call failed: {crash.message}, in {crash.where}"
    return f"a bug in Proofdown: {shown}, in {crash.where}"


def _advice(crash: Crash) -> str:
    """Return the help of a crash's diagnostic."""
    if crash.is_memory:
        return (
            "allow more memory, start fewer workers with `PROOFDOWN_WORKERS=1`, or break up the "
            "largest pages"
        )
    trace = "the traceback, which `PROOFDOWN_TRACEBACK=1` prints"
    python = sys.version.split(" ", 1)[0]
    versions = f"proofdown {proofdown.__version__}, Python {python}, {sys.platform}"
    if crash.is_system:
        return f"if nothing is wrong with the system, report {trace}, for {versions}"
    return f"report {trace}, and what you ran, for {versions}"
