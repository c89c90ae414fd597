"""What is said of a run that fails for a reason outside the site: a bug, no memory, a system call.

There is a short text for people, with the traceback if `PROOFDOWN_TRACEBACK` is set, and a
diagnostic for programs.
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
"""What the system and libraries in C say when there is none, in exceptions of other classes."""
_FOLDER = os.path.dirname(proofdown.__file__) + os.sep  # noqa: PTH120 (a text is what frames are held against)


class Crash(Struct, frozen=True):
    """An exception that nobody expected, as plain data: it may come from a worker."""

    kind: str
    """The name of its class."""
    message: str
    where: str
    """The innermost function of Proofdown in it: `load_config` in settings.py:120."""
    trace: str
    is_memory: bool = False
    is_system: bool = False


class CrashError(Exception):
    """The run failed; `crash` says why."""

    def __init__(self, crash: Crash) -> None:
        super().__init__(f"{crash.kind}: {crash.message}")
        self.crash = crash


def crash_of(fault: BaseException) -> Crash:
    """Return an exception as plain data; one that came from a worker as it was there."""
    if isinstance(fault, CrashError):
        return fault.crash
    message = "".join(c if c.isprintable() else " " for c in str(fault))
    return Crash(
        type(fault).__name__,
        " ".join(message.split())[:_LONGEST_MESSAGE],
        _innermost(fault),
        "".join(traceback.format_exception(fault)),
        isinstance(fault, MemoryError) or any(words in str(fault) for words in _NO_MEMORY),
        isinstance(fault, OSError) and bool(fault.strerror),
    )


def _innermost(fault: BaseException) -> str:
    """Return the innermost function of Proofdown that an exception went through."""
    found = ""
    for frame, line in traceback.walk_tb(fault.__traceback__):
        code = frame.f_code
        if code.co_filename.startswith(_FOLDER):
            found = f"`{code.co_qualname}` in {code.co_filename.removeprefix(_FOLDER)}:{line}"
    return found or "its libraries"


def diagnostic_of(crash: Crash) -> Diagnostic:
    """Return what programs are told in place of a report."""
    return Diagnostic(CODE, _reason(crash), Location(""), _advice(crash))


def text_of(crash: Crash) -> str:
    """Return what people are told; the whole traceback too, if the environment asks for it."""
    trace = printable_lines(crash.trace) if os.environ.get("PROOFDOWN_TRACEBACK") else ""
    return f"{trace}error[{CODE}]: {_reason(crash)}\n    = help: {_advice(crash)}\n"


def say_of_thread(what: threading.ExceptHookArgs) -> None:
    """Say what another thread broke off of; for `threading.excepthook`."""
    if what.exc_value is not None:
        sys.stderr.write(text_of(crash_of(what.exc_value)))


def _reason(crash: Crash) -> str:
    shown = f"{crash.kind}: {crash.message}" if crash.message else crash.kind
    if crash.is_memory:
        return f"the memory ran out in {crash.where}"
    if crash.is_system:
        return f"the system refused something: {crash.message}, in {crash.where}"
    return f"a bug of Proofdown: {shown}, in {crash.where}"


def _advice(crash: Crash) -> str:
    if crash.is_memory:
        return (
            "allow more memory, start fewer workers with `PROOFDOWN_WORKERS=1`, or break up the "
            "largest pages"
        )
    trace = "the traceback, which `PROOFDOWN_TRACEBACK=1` prints"
    python = sys.version.split(" ", 1)[0]
    versions = f"proofdown {proofdown.__version__}, Python {python}, {sys.platform}"
    if crash.is_system:
        return f"if the system is as it should be, report {trace}, for {versions}"
    return f"report {trace}, and what you ran, for {versions}"
