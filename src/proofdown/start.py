"""The command's first step: what the last run said, where nothing has changed; else the command.

A run is known by its arguments as they stand and by the folder that it is in, so that nothing has
to be imported that reads them.
"""

import atexit
import gc
import os
import sys

from proofdown.console import shows_colour, write_out
from proofdown.roots import nearest_root
from proofdown.unchanged import Said, recall

_INTERRUPTED = 130
"""What shells make of an end by Ctrl-C."""


def main() -> None:
    """Run the command, or repeat what it said."""
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
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the flush at the end
        return 1
    sys.stderr.write(err)
    return code
