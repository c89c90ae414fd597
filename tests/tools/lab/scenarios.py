"""Recording: every command in the guide, run as printed."""

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from . import scenes
from .daemons import start_daemons
from .guests import remove_all
from .hosts import LabError
from .laboratory import Laboratory
from .scenes import Check, info_says, is_, made, moved, says
from .settings import Setting, migrating, shut_off, with_snapshot

CONTENT = Path(__file__).parents[3] / "content"
NOT_RUN = {
    r"\bxen": "there is no Xen in the laboratory",
    r"vpx:": "there is no vCenter in the laboratory",
    r"cpu-compare": "there is no KVM in the laboratory",
    r" event ": "it waits for something to happen",
}
"""Patterns of commands that are not run, with the reason."""
OTHERS = ("manual/", "about/")
"""Folders of pages that are not about migrating guests."""

_BLOCK = re.compile(r"^( *)```console[^\n]*\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"^\$ ((?:.*\\\n)*.*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Rule:
    """How the commands that match are run and checked."""

    pattern: str
    """The pattern to search in the page's path, a space and the command."""
    setting: Setting
    check: Check
    host: str = "client"


RULES = (
    Rule(r"unix-sockets.* domstate", scenes.arrived, says("running .*"), "destination"),
    Rule(r"sudo ", scenes.nothing, says("desthost"), "source"),
    Rule(r"unix-sockets.* migrate", scenes.carried_sockets, moved, "source"),
    Rule(r"(native-tls|security).* migrate", scenes.on_source_with_certificates, moved),
    Rule(r" migrate .*--disks-(port|uri)", scenes.on_source_with_disks_afresh, moved),
    Rule(r" migrate .*--copy-storage", scenes.on_source_with_disks, moved),
    Rule(r" migrate .*--offline", shut_off, scenes.copied),
    Rule(r" migrate .*--postcopy-resume", scenes.broken_in_postcopy, moved),
    Rule(r" migrate .*dst\.xml", scenes.dumped_migratable, moved),
    Rule(r" migrate ", scenes.on_source, moved),
    Rule(r"dumpxml .*--migratable > web1", scenes.on_source, scenes.wrote("web1.xml")),
    Rule(r"save-image-dumpxml", scenes.saved, scenes.wrote("web1.xml")),
    Rule(r"save-image-define", scenes.saved_and_written_out, says("State file .* updated")),
    Rule(r"managedsave-remove", scenes.kept, says("Removed managedsave image")),
    Rule(r"dumpxml .*--migratable", scenes.on_source, scenes.wrote("dst.xml")),
    Rule(r"dumpxml ", scenes.arrived, scenes.wrote("web1.xml")),
    Rule(r" define web1\.xml", scenes.dumped, info_says("Persistent", "yes")),
    Rule(r"domjobinfo --completed", scenes.arrived, says("Completed")),
    Rule(r"tunnelled.* domjobinfo", migrating("--p2p", "--tunnelled"), says("Outgoing migration")),
    Rule(r"peer-to-peer.* domjobinfo", migrating("--p2p"), says("Outgoing migration")),
    Rule(r" domjobinfo", migrating(), says("Outgoing migration")),
    Rule(r" domjobabort", migrating(), scenes.aborted),
    Rule(r" migrate-setmaxdowntime", migrating(), scenes.downtime),
    Rule(r" migrate-getspeed", migrating(), says("1")),
    Rule(r" migrate-compcache", migrating("--compressed"), says("256.000 MiB")),
    Rule(r" migrate-postcopy", migrating("--postcopy"), moved),
    Rule(r" migrate-setspeed", migrating(), moved),
    Rule(r" suspend", migrating(), moved),
    Rule(r"domblklist .*--details", scenes.on_source_with_disks, says("vda .*qcow2")),
    Rule(r"qemu-img info", scenes.on_source_with_disks, says("virtual size: 20 GiB")),
    Rule(r"qemu-img create", scenes.nothing, says("size=21474836480")),
    Rule(r"copy-storage.*domblklist", scenes.arrived_with_disks, says("vda .*qcow2")),
    Rule(r"copy-storage.*domstate", scenes.arrived_with_disks, says("running .*")),
    Rule(r"move-a-guest.*srchost.* list --all$", scenes.arrived_for_good, scenes.lists_no_guest),
    Rule(r"move-a-guest.*desthost.* dominfo", scenes.arrived_for_good, says("Persistent: +yes")),
    Rule(r" autostart", scenes.arrived_for_good, info_says("Autostart", "enable")),
    Rule(r"srchost.* list --all --persistent", scenes.on_source, says("web1 +running")),
    Rule(r"desthost.* list --all --persistent", scenes.on_source, scenes.lists_no_guest),
    Rule(r"srchost.* dominfo", scenes.on_source, says("Autostart: +disable")),
    Rule(r"offline.* list --all", scenes.defined_there, says("web1 +shut off")),
    Rule(r"srchost.* list --all", scenes.arrived, says("web1 +shut off")),
    Rule(r"srchost.* domstate", scenes.on_source, says("running.*")),
    Rule(r"to-a-file.* domstate", scenes.restored, says("running .*")),
    Rule(r" domstate", scenes.arrived, says("running .*")),
    Rule(r" save ", scenes.saving, is_("shut off", "source")),
    Rule(r" restore ", scenes.saved, is_("running")),
    Rule(r" managedsave ", scenes.on_source, is_("shut off", "source")),
    Rule(r" start web1", scenes.kept, is_("running", "source")),
    Rule(r"srchost.* destroy ", scenes.on_source, is_("shut off", "source")),
    Rule(r"desthost.* destroy ", scenes.arrived, is_("none")),
    Rule(r" resume ", scenes.paused, is_("running", "source")),
    Rule(r" snapshot-list", with_snapshot, says("first")),
    Rule(r" snapshot-delete", with_snapshot, says("first deleted")),
    Rule(r" pool-create-as ", scenes.pool_to_be, says("Pool images created")),
    Rule(r" (net|pool)-list", scenes.nothing, says("Name +State")),
    Rule(r" version", scenes.nothing, says("Running hypervisor: +QEMU")),
    Rule(r" nodememstats", scenes.nothing, says("free")),
    Rule(r" capabilities .*uuid", scenes.nothing, says("<uuid>.*</uuid>")),
    Rule(r" capabilities .*migration_features", scenes.nothing, says("<live/>")),
    Rule(r"openssl .*-CA .*server", scenes.authority, made("server-key.pem", "server-cert.pem")),
    Rule(r"openssl .*-CA .*client", scenes.authority, made("client-key.pem", "client-cert.pem")),
    Rule(r"openssl ", scenes.nothing, made("ca-key.pem", "ca-cert.pem")),
    Rule(r" hostname", scenes.nothing, says("desthost")),
    Rule(r" ping ", scenes.nothing, says("3 received")),
    Rule(r" ss ", migrating("--migrateuri", "tcp://10.0.0.1"), says(r"10\.0\.0\.1:49152")),
)


def record_scenarios(word: str = "") -> list[dict[str, object]]:
    """Return each command of the guide with its effect, or the reason why it was not run.

    Raises:
        LabError: a setting could not be created.
    """
    with Laboratory() as lab:
        start_daemons(lab)
        return [_record(lab, page, text) for page, text in find_commands() if word in page]


def find_commands() -> Iterator[tuple[str, str]]:
    """Yield the commands in the guide's pages, with the page and the printed lines."""
    for file in sorted(CONTENT.rglob("*.md")):
        page = file.relative_to(CONTENT).as_posix()
        if page.startswith(OTHERS):
            continue
        for block in _BLOCK.finditer(file.read_text(encoding="utf-8")):
            for command in _COMMAND.findall(textwrap.dedent(block[2])):
                yield page, command


def _record(lab: Laboratory, page: str, text: str) -> dict[str, object]:
    command = re.sub(r"\\\n\s*", "", text)
    entry: dict[str, object] = {"page": page, "command": command}
    reason = next((why for what, why in NOT_RUN.items() if re.search(what, command)), "")
    if reason:
        return {**entry, "ran": False, "reason": reason}
    rule = next((r for r in RULES if re.search(r.pattern, f"{page} {command}")), None)
    if rule is None:
        return {**entry, "ran": False, "reason": "the laboratory has no setting for it"}
    remove_all(lab)
    with rule.setting(lab):
        outcome = lab.hosts[rule.host].run("sh", "-c", text)
        if not outcome.is_success:
            raise LabError(f"{page}: {command}\n{outcome.message}")
        seen = rule.check(lab, outcome)
    return {**entry, "ran": True, "where": rule.host, "result": seen}
