"""The command's first step: print what the last run printed if nothing changed; else run it.

A run is known by its arguments as they stand and by the folder that it is in, so that nothing has
to be imported that reads them. Nothing is imported before signals are caught but what catches them.
"""

import atexit
import gc
import os
import sys
from io import TextIOWrapper

from proofdown.runtime.system import signals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from proofdown.runtime.cache.uptodate import CachedOutput

_COULD_NOT_RUN = 2
_INTERRUPTED = 130
"""What shells make of an end by Ctrl-C."""
_PRINTING = ("console.py", "printing.py")
"""Files of Proofdown that print; Click is the other that does."""


def main() -> None:
    """Run the command, or print again what its last run printed."""
    signals.catch()
    try:
        _leave(_run())
    except signals.Stopped as stop:  # after the run, and before `_leave`
        _leave(stop)


def _run() -> SystemExit:
    """Return how the run ended."""
    try:
        return SystemExit(_run_or_print_again())
    except SystemExit as end:
        return end
    except KeyboardInterrupt:  # from a library that puts Python's own handler in place
        return SystemExit(_INTERRUPTED)
    except BaseException as fault:
        if signals.exit_code():  # it is of what the signal broke off
            return SystemExit(signals.exit_code())
        if isinstance(fault, OSError) and _is_about_output(fault):
            return SystemExit(_unprinted(fault))
        return SystemExit(_break_off(fault))


def _run_or_print_again() -> int:
    """Run the command, or print again what its last run printed; return the exit code."""
    if sys.stderr is None:  # closed by whoever began this
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115 (it stays open to the end)
    if sys.stdout is None:
        sys.stderr.write("the standard output is closed: there is nowhere to print to\n")
        return _COULD_NOT_RUN
    for stream in (sys.stdout, sys.stderr):
        # No encoding of a terminal is a reason to end with a traceback.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        folder = os.getcwd()
    except FileNotFoundError:
        sys.stderr.write("the folder that this runs in was removed: change to another one\n")
        return _COULD_NOT_RUN
    from proofdown.config.root import nearest_root
    from proofdown.runtime.cache.uptodate import load_result
    from proofdown.runtime.console import shows_colour

    request = repr((sys.argv[1:], folder))
    root = nearest_root(folder)
    cached = load_result(root, request, is_plain=not shows_colour()) if root else None
    if cached is not None:
        return _print_again(cached)
    # What is imported and made stays to the end, and has hardly a cycle: less is looked for.
    gc.set_threshold(50_000, 50, 50)
    from proofdown.cli.main import main as run

    run(prog_name="proofdown", obj=request)
    return 0


def _leave(end: SystemExit) -> None:
    """End the process at once, where nothing is left to be done in it.

    Taking a build apart object by object takes a tenth of its time; the system frees it whole.

    Raises:
        SystemExit: `end`, where other threads go on or not all that was printed could be written.
    """
    signals.leave()
    code = signals.exit_code()
    if code:
        _say("stopped\n")
    elif isinstance(end.code, int) and _is_alone():
        code = end.code
    else:
        raise end
    atexit._run_exitfuncs()
    if not signals.exit_code():  # else nobody may be there to read the rest, or want it
        try:
            for stream in filter(None, (sys.stdout, sys.stderr)):
                stream.flush()
        except OSError:
            raise end from None
    os._exit(signals.exit_code() or code)


def _is_about_output(fault: OSError) -> bool:
    """Return whether a fault is about the standard output: it came up where that is printed to."""
    trace = fault.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    file = trace.tb_frame.f_code.co_filename if trace else ""
    return file.endswith(_PRINTING) or f"{os.sep}click{os.sep}" in file


def _is_alone() -> bool:
    return "threading" not in sys.modules or sys.modules["threading"].active_count() == 1


def _break_off(fault: BaseException) -> int:
    """Say what a run broke off of that nobody expected; return the exit code."""
    try:
        from proofdown.runtime.system.crash import crash_of, text_of

        text = text_of(crash_of(fault))
    except Exception:  # nor is there what it takes to say more
        is_memory = isinstance(fault, MemoryError)
        reason = (
            "the memory ran out" if is_memory else f"a bug of Proofdown: {type(fault).__name__}"
        )
        text = f"error[run-failed]: {reason}\n"
    _say(text)
    return _COULD_NOT_RUN


def _say(text: str) -> None:
    """Print a text on the standard error, if anybody reads that."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        return


def _print_again(cached: "CachedOutput") -> int:
    """Print what the last run printed; return its exit code."""
    from proofdown.runtime.console import write_out

    try:
        write_out(cached.output)
    except BrokenPipeError:
        _print_no_more()
        return 1
    except OSError as fault:
        return _unprinted(fault)
    sys.stderr.write(cached.errors)
    return cached.exit_code


def _unprinted(fault: OSError) -> int:
    """Say why the standard output takes no more; return the exit code."""
    from proofdown.diagnostics import reason_of

    _print_no_more()
    try:
        sys.stderr.write(f"the standard output cannot be written: {reason_of(fault)}\n")
    except OSError:  # nor does the standard error
        os.dup2(sys.stdout.fileno(), sys.stderr.fileno())
    return _COULD_NOT_RUN


def _print_no_more() -> None:
    """Let what is left to be printed go nowhere, for the flush at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
