"""The command's first step: what the last run said, where nothing has changed; else the command.

A run is known by its arguments as they stand and by the folder that it is in, so that nothing has
to be imported that reads them.
"""

import atexit
import gc
import os
import sys
from io import TextIOWrapper

from proofdown.console import shows_colour, write_out
from proofdown.roots import nearest_root
from proofdown.unchanged import Said, recall

_INTERRUPTED = 130
"""What shells make of an end by Ctrl-C."""


def main() -> None:
    """Run the command, or repeat what it said."""
    if sys.stderr is None:  # closed by whoever began this
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115 (it stays open to the end)
    if sys.stdout is None:
        sys.stderr.write("the standard output is closed: there is nowhere to print to\n")
        sys.exit(2)
    for stream in (sys.stdout, sys.stderr):
        # No encoding of a terminal is a reason to end with a traceback.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        folder = os.getcwd()
    except FileNotFoundError:
        sys.stderr.write("the folder that this runs in was removed: change to another one\n")
        sys.exit(2)
    command = repr((sys.argv[1:], folder))
    root = nearest_root(folder)
    said = recall(root, command, is_plain=not shows_colour()) if root else None
    if said is None:
        # What is imported and made stays to the end, and has hardly a cycle: less is looked for.
        gc.set_threshold(50_000, 50, 50)
        try:
            from proofdown.cli import main as run

            run(prog_name="proofdown", obj=command)
        except SystemExit as end:
            _leave(end)
        except KeyboardInterrupt:
            _leave(SystemExit(_INTERRUPTED))
        except OSError as fault:
            if fault.filename is not None:  # it is not about the standard output
                raise
            _leave(SystemExit(_unprinted(fault)))
    else:
        _leave(SystemExit(_repeat(said)))


def _leave(end: SystemExit) -> None:
    """End the process at once, where nothing is left to be done in it.

    Taking a build apart object by object takes a tenth of its time; the system frees it whole.

    Raises:
        SystemExit: `end`, where other threads go on or not all that was printed could be written.
    """
    is_alone = "threading" not in sys.modules or sys.modules["threading"].active_count() == 1
    if not is_alone or not isinstance(end.code, int):
        raise end
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        raise end from None
    os._exit(end.code)


def _repeat(said: Said) -> int:
    """Print what was said; return the exit code."""
    out, err, code = said
    try:
        write_out(out)
    except BrokenPipeError:
        _print_no_more()
        return 1
    except OSError as fault:
        return _unprinted(fault)
    sys.stderr.write(err)
    return code


def _unprinted(fault: OSError) -> int:
    """Say why the standard output takes no more; return the exit code."""
    _print_no_more()
    reason = (fault.strerror or str(fault)).lower()
    try:
        sys.stderr.write(f"the standard output cannot be written: {reason}\n")
    except OSError:  # nor does the standard error
        os.dup2(sys.stdout.fileno(), sys.stderr.fileno())
    return 2


def _print_no_more() -> None:
    """Let what is left to be printed go nowhere, for the flush at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
