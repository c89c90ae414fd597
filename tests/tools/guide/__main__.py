"""`python tests/tools/guide NAME` prints a recording; `page` and `terms` rewrite pages."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path


def main(arguments: list[str]) -> int:
    """Print a recording or rewrite pages; return 0, or 2 if something is not installed."""
    from tests.tools.guide.api import KINDS, record_functions
    from tests.tools.guide.asked import record_options
    from tests.tools.guide.program import (
        COMMANDS,
        VIEWS,
        record_blocks,
        record_command,
        record_first_build,
        record_templates,
        record_view,
        record_words,
    )
    from tests.tools.guide.rooms import record_rooms
    from tests.tools.lab.recording import dump

    recordings: dict[str, Callable[[], object]] = {
        "first-build": record_first_build,
        **{f"functions-{kind}": partial(record_functions, kind) for kind in KINDS},
        "migrate-options": record_options,
        **{f"options-{name}": partial(record_command, name) for name in COMMANDS},
        "rooms": record_rooms,
        "theme-blocks": record_blocks,
        "theme-templates": record_templates,
        "theme-words": record_words,
        **{f"theme-{name}": partial(record_view, name) for name in VIEWS},
    }
    if arguments == ["page"]:
        from tests.tools.guide.options import write_page

        write_page()
        return 0
    if arguments == ["terms"]:
        from tests.tools.guide.terms import link_terms

        sys.stdout.write(f"{link_terms()} links to the glossary written\n")
        return 0
    if len(arguments) != 1 or arguments[0] not in recordings:
        names = ", ".join([*recordings, "page", "terms"])
        sys.stderr.write(f"usage: python tests/tools/guide NAME\nNAME is one of {names}\n")
        return 2
    try:
        sys.stdout.write(dump(recordings[arguments[0]]()))
    except FileNotFoundError as fault:
        sys.stderr.write(f"{fault}; install libvirt-clients and libvirt-dev\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[3])
    sys.exit(main(sys.argv[1:]))
