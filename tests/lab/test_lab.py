"""The real laboratory: guests move between hosts, and nothing is left behind."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools.lab.connections import KINDS, migrate_and_watch
from tests.tools.lab.daemons import start_daemons
from tests.tools.lab.failures import record_failure
from tests.tools.lab.guests import Guest, remove_all, start, state_of, uri
from tests.tools.lab.hosts import LabError, wait_until
from tests.tools.lab.laboratory import Laboratory

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("machine")]

REPOSITORY = Path(__file__).parents[2]
NAMESPACES = ("mnt", "net", "pid", "uts")

RUN_UNTIL_KILLED = """
import json, signal, sys
sys.path.insert(0, sys.argv[1])
from tests.tools.lab.laboratory import Laboratory
from tests.lab.test_lab import furnish, namespaces_of
with Laboratory() as lab:
    furnish(lab)
    print(json.dumps(sorted(namespaces_of(lab))), flush=True)
    signal.pause()
"""


@pytest.fixture
def hosts(lab: Laboratory) -> Iterator[Laboratory]:
    """Yield the shared laboratory, without guests before and after."""
    remove_all(lab)
    yield lab
    remove_all(lab)


def furnish(lab: Laboratory) -> None:
    """Start daemons and a guest, all of which could be left behind."""
    start_daemons(lab)
    start(lab, lab.source, Guest())


def namespaces_of(lab: Laboratory) -> set[str]:
    """Return every namespace that the laboratory made."""
    pids = [lab.switch, *(host.pid for host in lab.hosts.values())]
    return {_namespace(pid, kind) for pid in pids for kind in NAMESPACES} - {
        _namespace("self", kind) for kind in NAMESPACES
    }


def traces(namespaces: set[str]) -> list[str]:
    """Return leftovers on the machine: processes in the namespaces, mounts and bridges."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            links = list((process / "ns").iterdir())
            found += [str(link) for link in links if str(link.readlink()) in namespaces]
        except OSError:
            continue  # the process has exited
    mounts = Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
    found += [line for line in mounts if line.startswith("lab ") or " nsfs " in line]
    bridges = {path.name for path in Path("/sys/class/net").iterdir()} & {"lan", "data"}
    return [*found, *sorted(bridges)]


def assert_gone(namespaces: set[str]) -> None:
    assert len(namespaces) >= 14
    try:
        wait_until(lambda: not traces(namespaces), "nothing is left", timeout=10)
    except LabError:
        pytest.fail(f"left behind: {traces(namespaces)}")


def test_managed_direct_moves_a_guest(hosts: Laboratory) -> None:
    start(hosts, hosts.source, Guest())
    hosts.client.check(
        "virsh", "-c", uri(hosts.source), "migrate", "--live", "web1", uri(hosts.destination)
    )
    assert state_of(hosts, hosts.destination) == "running (migrated)"
    assert state_of(hosts, hosts.source) == "none"


def test_managed_direct_client_connects_to_both(hosts: Laboratory) -> None:
    ends = _ends(migrate_and_watch(hosts, KINDS["managed-direct"]))
    assert ends == [
        ("client", "destination", "libvirtd"),
        ("client", "source", "libvirtd"),
        ("source", "destination", "QEMU memory"),
    ]


def test_peer_to_peer_client_connects_to_source_only(hosts: Laboratory) -> None:
    ends = _ends(migrate_and_watch(hosts, KINDS["p2p"]))
    assert ends == [
        ("client", "source", "libvirtd"),
        ("source", "destination", "QEMU memory"),
        ("source", "destination", "libvirtd"),
    ]


def test_killing_client_leaves_guest_on_source(hosts: Laboratory) -> None:
    found = record_failure(hosts, "The client is killed")
    assert found["Guest on the source"] == "running (booted)"
    assert found["Guest on the destination"] == "none"
    assert found["Completed"] == "N"


def test_killing_client_of_peer_to_peer_changes_nothing(hosts: Laboratory) -> None:
    found = record_failure(hosts, "The client is killed", "--p2p")
    assert found["Guest on the destination"] == "running (migrated)"
    assert found["Completed"] == "Y"


def test_hosts_cannot_reach_the_machine(hosts: Laboratory) -> None:
    routes = hosts.source.check("ip", "-brief", "route")
    assert "default" not in routes
    assert {line.split()[2] for line in routes.splitlines()} == {"lan", "data"}


def test_nothing_is_left_after_an_exception() -> None:
    namespaces: set[str] = set()

    def fail() -> None:
        with Laboratory() as lab:
            furnish(lab)
            namespaces.update(namespaces_of(lab))
            assert traces(namespaces)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert_gone(namespaces)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_after_a_signal(number: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", RUN_UNTIL_KILLED, str(REPOSITORY)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    namespaces = set(json.loads(process.stdout.readline()))
    assert traces(namespaces)
    process.send_signal(number)
    process.communicate(timeout=20)
    assert process.returncode != 0
    assert_gone(namespaces)


def test_recording_refuses_an_unknown_name() -> None:
    done = subprocess.run(
        [sys.executable, str(REPOSITORY / "tests" / "tools" / "lab"), "nonsense"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "NAME is one of" in done.stderr


def _ends(recording: dict[str, object]) -> list[tuple[str, str, str]]:
    rows = recording["connections"]
    assert isinstance(rows, list)
    return sorted((row["from"], row["to"], row["what"]) for row in rows)


def _namespace(pid: int | str, kind: str) -> str:
    return str(Path(f"/proc/{pid}/ns/{kind}").readlink())
