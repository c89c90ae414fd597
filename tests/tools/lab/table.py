"""Recording: what sixteen migrations did to the stored definitions."""

from itertools import product

from .daemons import start_daemons
from .guests import Guest, define, file_of, mark_of, remove_all, start, state_of, type_of, uri
from .hosts import LabError
from .laboratory import Laboratory
from .recording import Row

_LETTER = {False: "N", True: "Y"}


def record_table(*options: str) -> list[Row]:
    """Return the table of the guide's configuration page, each row from a real migration.

    Raises:
        LabError: a guest did not arrive.
    """
    with Laboratory() as lab:
        start_daemons(lab)
        cases = product((False, True), (False, True), (False, True), (False, True))
        return [
            _record_row(lab, options, is_persistent, has_file, undefine, persist)
            for is_persistent, has_file, persist, undefine in cases
        ]


def _record_row(
    lab: Laboratory,
    options: tuple[str, ...],
    is_persistent: bool,
    has_file: bool,
    undefine: bool,
    persist: bool,
) -> Row:
    remove_all(lab)
    guest = Guest()
    start(lab, lab.source, guest, is_persistent=is_persistent)
    if has_file:
        define(lab, lab.destination, guest)
    source_before, destination_before = file_of(lab.source), file_of(lab.destination)
    chosen = ["--undefinesource"] * undefine + ["--persistent"] * persist
    command = ["virsh", "-c", uri(lab.source), "migrate", "--live", *options, *chosen]
    lab.client.check(*command, guest.name, uri(lab.destination))
    if (state := state_of(lab, lab.destination)) != "running (migrated)":
        raise LabError(f"the guest did not arrive: it is {state}")
    return Row(
        {
            "Source type": "Persistent" if is_persistent else "Transient",
            "Source file before": _LETTER[bool(source_before)],
            "Destination file before": _LETTER[bool(destination_before)],
            "--undefinesource": _LETTER[undefine],
            "--persistent": _LETTER[persist],
            "Destination type": type_of(lab, lab.destination),
            "Source file after": _LETTER[bool(file_of(lab.source))],
            "Destination file after": _describe(destination_before, file_of(lab.destination)),
        }
    )


def _describe(before: str, after: str) -> str:
    """Return what happened to the destination's file, judging by its bytes and its mark."""
    if not after:
        return "N"
    if after == before:
        return "Y (unchanged)"
    if before and mark_of(after) == "source":
        return "Y (replaced)"
    return f"Y (from {mark_of(after)})"
