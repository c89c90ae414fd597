"""`python tests/tools/lab NAME` prints one recording as YAML."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path


def main(arguments: list[str]) -> int:
    """Print a recording; return 0, 1 if a step failed, or 2 if nothing could be tried."""
    from tests.tools.lab.combinations import record_combinations
    from tests.tools.lab.connections import KINDS, record_connections
    from tests.tools.lab.errors import record_errors
    from tests.tools.lab.failures import record_failures
    from tests.tools.lab.hosts import LabError, LabMissingError
    from tests.tools.lab.jobs import record_job_fields, record_limits
    from tests.tools.lab.offline import record_offline
    from tests.tools.lab.phases import record_phases
    from tests.tools.lab.postcopy import record_postcopy
    from tests.tools.lab.recording import dump
    from tests.tools.lab.remedies import record_options_at_start, record_remedies
    from tests.tools.lab.scenarios import record_scenarios
    from tests.tools.lab.storage import record_storage
    from tests.tools.lab.table import record_table

    recordings: dict[str, Callable[[], object]] = {
        "configuration-table": record_table,
        "configuration-table-p2p": partial(record_table, "--p2p"),
        **{f"connections-{n}": partial(record_connections, k) for n, k in KINDS.items()},
        "combinations": record_combinations,
        "failures": record_failures,
        "job-fields": record_job_fields,
        "limits": record_limits,
        "offline-table": record_offline,
        "phases": record_phases,
        "postcopy": record_postcopy,
        "options-at-start": record_options_at_start,
        "remedies": record_remedies,
        "storage-table": record_storage,
        "errors": record_errors,
        "scenario-commands": record_scenarios,
    }
    if len(arguments) != 1 or arguments[0] not in recordings:
        sys.stderr.write(
            f"usage: python tests/tools/lab NAME\nNAME is one of {', '.join(recordings)}\n"
        )
        return 2
    try:
        sys.stdout.write(dump(recordings[arguments[0]]()))
    except LabMissingError as fault:
        sys.stderr.write(f"{fault}\n")
        return 2
    except LabError as fault:
        sys.stderr.write(f"{fault}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[3])
    sys.exit(main(sys.argv[1:]))
