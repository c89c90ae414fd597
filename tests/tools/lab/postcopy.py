"""Recording: a migration that switches to post-copy, breaks and is recovered, step by step."""

from .daemons import start_daemons
from .guests import (
    Guest,
    remove_all,
    start,
    start_slow_migration,
    state_of,
    switch_to_postcopy,
    uri,
    virsh,
)
from .hosts import finish, wait_until
from .laboratory import Laboratory
from .recording import Row, Verbatim

_OPTIONS = ("--postcopy", "--postcopy-bandwidth", "1")
_REFUSED = {"setmem": ("setmem", "web1", "8M", "--live")}


def record_postcopy() -> dict[str, object]:
    """Return the guest's state on each host after each step, and the output of `virsh`.

    Raises:
        LabError: a step did not succeed.
    """
    with Laboratory() as lab:
        start_daemons(lab)
        start(lab, lab.source, Guest())
        rows = [_row(lab, "Before")]
        remove_all(lab)
        process = start_slow_migration(lab, *_OPTIONS)
        rows.append(_row(lab, "Memory is being copied"))
        switch_to_postcopy(lab)
        rows.append(_row(lab, "After migrate-postcopy"))
        virsh(lab, lab.source, "domjobabort", "web1", "--postcopy")
        broken = finish(process, ("virsh", "migrate"))
        wait_until(lambda: "failed" in state_of(lab, lab.source), "the migration breaks")
        rows.append(_row(lab, "After a break"))
        command = ["virsh", "-c", uri(lab.source), "migrate", "--live", "--postcopy"]
        lab.client.check(*command, "--postcopy-resume", "web1", uri(lab.destination))
        rows.append(_row(lab, "After --postcopy-resume"))
    return {"rows": rows, "virsh said after the break": Verbatim(broken.message)}


def _row(lab: Laboratory, step: str) -> Row:
    return Row(
        {
            "Step": step,
            "Source": state_of(lab, lab.source),
            "Destination": state_of(lab, lab.destination),
        }
    )
