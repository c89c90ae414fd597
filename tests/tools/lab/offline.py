"""Recording: the state of both hosts after an offline migration."""

from itertools import product

from .daemons import start_daemons
from .guests import Guest, define, remove_all, start, state_of, type_of, uri
from .hosts import Host
from .laboratory import Laboratory
from .recording import Row

_GUESTS = ("Running, transient", "Running, persistent", "Shut off")


def record_offline() -> list[Row]:
    """Return a row for each kind of guest, with and without `--undefinesource`.

    Raises:
        LabError: a migration was refused.
    """
    with Laboratory() as lab:
        start_daemons(lab)
        return [_record_row(lab, kind, undefine) for kind, undefine in product(_GUESTS, "NY")]


def _record_row(lab: Laboratory, kind: str, undefine: str) -> Row:
    remove_all(lab)
    if kind == "Shut off":
        define(lab, lab.source, Guest())
    else:
        start(lab, lab.source, Guest(), is_persistent=kind.endswith("persistent"))
    options = ["--offline", "--persistent", *["--undefinesource"] * (undefine == "Y")]
    command = ["virsh", "-c", uri(lab.source), "migrate", *options]
    lab.client.check(*command, "web1", uri(lab.destination))
    return Row(
        {
            "Guest": kind,
            "--undefinesource": undefine,
            "Source afterwards": _describe(lab, lab.source),
            "Destination afterwards": _describe(lab, lab.destination),
        }
    )


def _describe(lab: Laboratory, host: Host) -> str:
    """Return a description of what a host knows about the guest."""
    state = state_of(lab, host)
    if state == "none":
        return "Unknown there"
    word = state.partition(" (")[0].capitalize()
    return word if word == "Shut off" else f"{word}, {type_of(lab, host).lower()}"
