"""Entry point of the process: replay the last run if nothing changed, or run.

A run is identified by its unparsed arguments and the current folder, so that the fast path does not
import an argument parser.
"""

import atexit
import gc
import os
import sys
from io import TextIOWrapper

# Nothing else of ours is imported here: until `catch` has run, Ctrl-C prints a traceback.
from proofdown.runtime.system import signals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from proofdown.runtime.cache.uptodate import CachedOutput

_COULD_NOT_RUN = 2
_INTERRUPTED = 130
"""Exit code that shells give a program ended by Ctrl-C."""
_PRINTING = ("console.py", "printing.py")
"""The modules of Proofdown that print; everything else is printed by Click."""


def main() -> None:
    """Run the command, or replay the output of its last run."""
    signals.catch()
    try:
        _end_process(_run())
    except signals.Stopped as stop:  # it arrived between the end of the run and `_end_process`
        _end_process(stop)


def _run() -> SystemExit:
    """Run, and return the exit that the run ended with."""
    try:
        return SystemExit(_run_or_replay())
    except SystemExit as end:
        return end
    except KeyboardInterrupt:  # a library has restored Python's own handler
        return SystemExit(_INTERRUPTED)
    except BaseException as fault:
        if signals.exit_code():  # the exception is a consequence of the signal
            return SystemExit(signals.exit_code())
        if isinstance(fault, OSError) and _is_about_output(fault):
            return SystemExit(_report_unwritable_output(fault))
        return SystemExit(_report_crash(fault))


def _run_or_replay() -> int:
    """Run the command, or replay the output of its last run; return the exit code."""
    if sys.stderr is None:  # the parent process closed it
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115 (it stays open to the end)
    if sys.stdout is None:
        sys.stderr.write("the standard output is closed: there is nowhere to print to\n")
        return _COULD_NOT_RUN
    for stream in (sys.stdout, sys.stderr):
        # A character that the terminal's encoding lacks must not end the run with a traceback.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        folder = os.getcwd()
    except FileNotFoundError:
        sys.stderr.write("the current folder was removed: change to another one\n")
        return _COULD_NOT_RUN
    from proofdown.config.root import nearest_root
    from proofdown.runtime.cache.uptodate import load_result
    from proofdown.runtime.console import shows_colour

    request = repr((sys.argv[1:], folder))
    root = nearest_root(folder)
    cached = load_result(root, request, is_plain=not shows_colour()) if root else None
    if cached is not None:
        return _replay(cached)
    # Nearly everything that a build allocates lives to its end, and little of it is in reference
    # cycles, so collecting as often as Python does by default is wasted time.
    gc.set_threshold(50_000, 50, 50)
    from proofdown.cli.main import main as run

    run(prog_name="proofdown", obj=request)
    return 0


def _end_process(end: SystemExit) -> None:
    """End the process, skipping interpreter shutdown unless other threads run.

    Raises:
        SystemExit: `end`, if other threads are running or the output could not be flushed.
    """
    signals.run_exit_functions()
    code = signals.exit_code()
    if code:
        _say("stopped\n")
    elif isinstance(end.code, int) and _is_only_thread():
        code = end.code
    else:
        raise end
    atexit._run_exitfuncs()
    if not signals.exit_code():  # after a signal, a flush could block: perhaps no one reads on
        try:
            for stream in filter(None, (sys.stdout, sys.stderr)):
                stream.flush()
        except OSError:
            raise end from None
    # Freeing a build object by object takes a tenth of its time; the kernel frees it at once.
    os._exit(signals.exit_code() or code)


def _is_about_output(fault: OSError) -> bool:
    """Return whether an error was raised while writing to the standard output."""
    # An `OSError` of a stream names no file, so the code that raised it has to tell.
    trace = fault.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    file = trace.tb_frame.f_code.co_filename if trace else ""
    return file.endswith(_PRINTING) or f"{os.sep}click{os.sep}" in file


def _is_only_thread() -> bool:
    # If `threading` was never imported, nothing has started a thread.
    return "threading" not in sys.modules or sys.modules["threading"].active_count() == 1


def _report_crash(fault: BaseException) -> int:
    """Print an unexpected exception as a diagnostic; return the exit code."""
    try:
        from proofdown.runtime.system.crash import crash_of, text_of

        text = text_of(crash_of(fault))
    except Exception:  # even the full report fails, such as for lack of memory
        is_memory = isinstance(fault, MemoryError)
        reason = "out of memory" if is_memory else f"a bug in Proofdown: {type(fault).__name__}"
        text = f"error[run-failed]: {reason}\n"
    _say(text)
    return _COULD_NOT_RUN


def _say(text: str) -> None:
    """Print a text on the standard error; ignore a closed pipe or a full disk."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        return


def _replay(cached: "CachedOutput") -> int:
    """Print the output of the last run; return its exit code."""
    from proofdown.runtime.console import write_out

    try:
        write_out(cached.output)
    except BrokenPipeError:
        _discard_output()
        return 1
    except OSError as fault:
        return _report_unwritable_output(fault)
    sys.stderr.write(cached.errors)
    return cached.exit_code


def _report_unwritable_output(fault: OSError) -> int:
    """Print why the standard output cannot be written; return the exit code."""
    from proofdown.diagnostics import reason_of

    _discard_output()
    try:
        sys.stderr.write(f"the standard output cannot be written: {reason_of(fault)}\n")
    except OSError:  # the standard error cannot be written either
        os.dup2(sys.stdout.fileno(), sys.stderr.fileno())
    return _COULD_NOT_RUN


def _discard_output() -> None:
    """Redirect the standard output to the null device."""
    # Python flushes the stream at exit, and what is still buffered would raise the error again.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
