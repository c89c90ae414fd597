"""Recording: which options work with which transport, from a real migration of each pair."""

from collections.abc import Mapping
from dataclasses import dataclass

from .daemons import start_daemons
from .guests import Guest, remove_all, start_slow_migration, state_of, switch_to_postcopy, uri
from .hosts import LabError, LabTimeoutError, Outcome, finish, wait_until
from .laboratory import Laboratory
from .recording import Row
from .scenes import nothing
from .settings import WITH_DISK, running, with_certificates

TRANSPORTS: Mapping[str, tuple[str, ...]] = {
    "Native": (),
    "With --tls": ("--tls",),
    "Tunnelled": ("--p2p", "--tunnelled"),
}


@dataclass(frozen=True, slots=True)
class Wish:
    """Options to try with each transport."""

    options: tuple[str, ...]
    guest: Guest = Guest()  # noqa: RUF009 - frozen
    is_live: bool = True


_SWITCHED = "--postcopy, switched"
WISHES: Mapping[str, Wish] = {
    "No other option": Wish(()),
    "--auto-converge": Wish(("--auto-converge",)),
    "--bandwidth": Wish(("--bandwidth", "100")),
    "--compressed": Wish(("--compressed",)),
    "--copy-storage-all": Wish(("--copy-storage-all",), WITH_DISK),
    "--copy-storage-inc": Wish(("--copy-storage-inc",), WITH_DISK),
    "--offline": Wish(("--offline", "--persistent"), is_live=False),
    "--parallel": Wish(("--parallel",)),
    "--parallel --compressed": Wish(("--parallel", "--compressed")),
    _SWITCHED: Wish(("--postcopy", "--postcopy-bandwidth", "1")),
}


def record_combinations(*names: str) -> dict[str, list[Row]]:
    """Return a row for each wish, and the error messages of those that were refused.

    Raises:
        LabError: a migration that was not refused did not arrive.
    """
    rows, refused = [], []
    with Laboratory() as lab:
        start_daemons(lab)
        for name in names or WISHES:
            row = {"Options": name}
            for transport in TRANSPORTS:
                outcome = _try(lab, name, transport)
                row[transport] = "Works" if outcome.is_success else "Refused"
                if not outcome.is_success:
                    said = outcome.message
                    refused.append(Row(Options=name, Transport=transport, Says=said))
            rows.append(Row(row))
    return {"rows": rows, "refused": refused}


def _try(lab: Laboratory, name: str, transport: str) -> Outcome:
    """Migrate a guest with some options over a transport."""
    remove_all(lab)
    wish = WISHES[name]
    is_switched = name == _SWITCHED
    setting = nothing if is_switched else running(wish.guest, at_source="1M", at_destination="1M")
    if transport == "With --tls":
        setting = with_certificates(setting)
    with setting(lab):
        outcome = (_migrate_and_switch if is_switched else _migrate)(lab, wish, transport)
        state = state_of(lab, lab.destination)
        if outcome.is_success and state not in ("running (migrated)", "shut off (unknown)"):
            raise LabError(f"{outcome.command}: the guest is {state} on the destination")
        remove_all(lab)
    return outcome


def _migrate(lab: Laboratory, wish: Wish, transport: str) -> Outcome:
    command = ["virsh", "-c", uri(lab.source), "migrate", *["--live"] * wish.is_live]
    options = (*wish.options, *TRANSPORTS[transport])
    return lab.client.run(*command, *options, "web1", uri(lab.destination))


def _migrate_and_switch(lab: Laboratory, wish: Wish, transport: str) -> Outcome:
    """Migrate slowly with post-copy; the guest has arrived when all its memory has."""
    options = (*wish.options, *TRANSPORTS[transport])
    try:
        process = start_slow_migration(lab, *options)
    except LabTimeoutError:
        return _migrate(lab, wish, transport)
    switch_to_postcopy(lab)
    outcome = finish(process, ("virsh", "migrate", *options))
    wait_until(lambda: state_of(lab, lab.destination) == "running (migrated)", "it arrives")
    return outcome
