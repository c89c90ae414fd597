"""One publish, from the checked build to the verified site; open this first.

build → receipt → what is there → plan → guards → apply → verify. Nothing is sent before every
guard has let the plan pass, and nothing is called published before readers get it.
"""

from collections.abc import Mapping
from glob import escape
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from proofdown.addresses import output_path
from proofdown.build.pipeline import Build
from proofdown.config.model import Config
from proofdown.config.publish import (
    DirectoryTarget,
    GitTarget,
    PublishTarget,
    RsyncTarget,
    S3Target,
)
from proofdown.diagnostics import Diagnostic, SiteError
from proofdown.publish.hosts.protocol import Change, Host, unreadable
from proofdown.publish.plan.contents import Contents, Stamp, size_of, stamp
from proofdown.publish.plan.options import Edition, PublishOptions
from proofdown.publish.plan.paths import RECEIPT_NAME, VERSIONS_FILE
from proofdown.publish.plan.plan import Found, Plan, Wanted, make_plan
from proofdown.publish.plan.preflight import refusals
from proofdown.publish.plan.receipt import (
    Receipt,
    UnreadableReceiptError,
    load_outputs,
    make_receipt,
    read_receipt,
)
from proofdown.publish.plan.secrets import Secret, find_secrets
from proofdown.publish.plan.versions import (
    HOME,
    Listed,
    PublishedVersion,
    home_target,
    read_versions,
    want_edition,
    without_version,
)
from proofdown.publish.verify import fetch, verify
from proofdown.source import Location

_PLAIN = ".nojekyll"
"""File by which GitHub gives out a branch as it is, and does not build it once more."""


class PublishResult(Struct, frozen=True):
    """What came of it."""

    plan: Plan
    diagnostics: tuple[Diagnostic, ...] = ()
    """Why nothing was done, or what readers do not get as it was published."""
    verified: int = 0
    """How many files readers get as they were published."""
    is_sent: bool = False
    is_refused: bool = False


def open_host(target: PublishTarget, config: Config) -> Host:
    """Return the host of a target, to be entered.

    Raises:
        SiteError: it cannot be used as the settings have it.
    """
    match target.host:
        case GitTarget():
            from proofdown.publish.hosts.git import GitHost

            return GitHost(target.host, config, target.location)
        case DirectoryTarget():
            from proofdown.publish.hosts.directory import DirectoryHost

            return DirectoryHost(target.host, config, target.location)
        case S3Target():
            from proofdown.publish.hosts.s3 import S3Host

            return S3Host(target.host, target.location)
        case RsyncTarget():
            from proofdown.publish.hosts.rsync import RsyncHost

            return RsyncHost(target.host, target.location)
        case _:
            assert_never(target.host)


class _Job(Struct, frozen=True):
    """What is to be there, and what the guards have to know of it."""

    wanted: Wanted
    title: str
    secrets: tuple[Secret, ...] = ()
    drafts: tuple[str, ...] = ()
    pages: int = 1


def publish(build: Build, target: PublishTarget, options: PublishOptions) -> PublishResult:
    """Publish a checked build.

    Args:
        build: the checked build.
        target: where it is published.
        options: what the command line asks for.

    Raises:
        SiteError: the host cannot be reached or refuses, or a source changed meanwhile.
    """
    config = build.site.config
    files = load_outputs(build.site.outputs)
    receipt = make_receipt(build, files)
    if RECEIPT_NAME in files:
        message = f"`{RECEIPT_NAME}` is the receipt's own name"
        raise SiteError(Diagnostic("duplicate-address", message, Location(RECEIPT_NAME)))
    with open_host(target, config) as host:
        there = host.load([VERSIONS_FILE, HOME, _PLAIN])
        if options.edition:
            known = _known_versions(host, there, target)
            wanted = want_edition(files, receipt, options.edition, there, known, target.location)
        else:
            wanted = Wanted({**files, RECEIPT_NAME: receipt.data}, managed=_managed(there))
        if isinstance(target.host, GitTarget) and _PLAIN not in there:
            wanted = replace(wanted, files={_PLAIN: b"", **wanted.files})
        job = _Job(
            wanted,
            f"Publish {config.title}",
            tuple(find_secrets(files, config.root)),
            _drafts(build, wanted.locations),
            len(build.site.pages),
        )
        outcome = _carry_out(host, job, target, options, there)
    if outcome.diagnostics or options.is_dry or options.skips_verifying:
        return outcome
    url = target.url or _root_url(config.url, options.edition)
    return _verified(outcome, url, wanted.files, target, options)


def delete_version(
    version: str, config: Config, target: PublishTarget, options: PublishOptions
) -> PublishResult:
    """Take a version away, with its aliases.

    Raises:
        SiteError: there is no such version, or the host cannot be reached or refuses.
    """
    default = options.edition.default if options.edition else ""
    overrides = replace(options.overrides, deletes=True, empties=True)
    with open_host(target, config) as host:
        there = host.load([VERSIONS_FILE, HOME])
        known = _known_versions(host, there, target)
        wanted = without_version(version, default, there, known, target.location)
        options = replace(options, overrides=overrides)
        job = _Job(wanted, f"Delete version {version}")
        return _carry_out(host, job, target, options, there)


def roll_back(config: Config, target: PublishTarget, options: PublishOptions) -> PublishResult:
    """Bring back what was there before the last publish.

    Raises:
        SiteError: there is nothing to go back to, or the host cannot be reached or refuses.
    """
    with open_host(target, config) as host:
        undo = host.undo()
        if undo is None:
            message = f"{host.where}: there is no earlier publish to go back to"
            raise SiteError(Diagnostic("failed-publish", message, target.location))
        there = host.find(Wanted(undo.files)).entries
        plan = Plan(
            added=tuple(sorted(undo.files.keys() - there.keys())),
            changed=tuple(sorted(undo.files.keys() & there.keys())),
            deleted=tuple(sorted(undo.deleted)),
            sent=sum(map(size_of, undo.files.values())),
        )
        options.show(host.where, plan)
        if options.is_dry or plan.is_empty:
            return PublishResult(plan)
        change = Change(plan, undo.files, undo.state, "Roll back", options.progress)
        breaks = options.overrides.breaks_lock
        host.apply(replace(change, breaks_lock=breaks, is_whole=False))
    outcome = PublishResult(plan, is_sent=True)
    url = target.url or config.url
    if options.skips_verifying:
        return outcome
    return _verified(outcome, url, undo.files, target, options)


def verify_live(
    config: Config, target: PublishTarget, options: PublishOptions
) -> tuple[PublishResult, str]:
    """Compare all that readers get with the receipts of a target.

    Returns:
        What came of it, and whose receipt it was compared with.

    Raises:
        SiteError: there is no address to look at, or no receipt.
    """
    url = target.url or config.url
    if not url:
        message = "there is no address to verify"
        help_ = f"give the site a `url`, or the target `{target.name}`"
        raise SiteError(Diagnostic("failed-publish", message, target.location, help_))
    expected, whose = _expected(config, target, url)
    faults = verify(url, expected, target.location, target.patience, options.progress)
    return PublishResult(Plan(), tuple(faults), len(expected) - len(faults)), whose


def list_versions(config: Config, target: PublishTarget) -> list[PublishedVersion]:
    """Return the versions that are at a target.

    Raises:
        SiteError: the host cannot be reached, or its list cannot be read.
    """
    with open_host(target, config) as host:
        there = host.load([VERSIONS_FILE, HOME])
        listed = _known_versions(host, there, target)
    default = home_target(there.get(HOME))
    return [PublishedVersion(v.version, v.aliases, is_default=default in v.names) for v in listed]


def _carry_out(
    host: Host,
    job: _Job,
    target: PublishTarget,
    options: PublishOptions,
    there: Mapping[str, bytes],
) -> PublishResult:
    """Plan, have the guards look at it, and apply."""
    names = [name for one in _known_versions(host, there, target) for name in one.names]
    others = [f"{escape(name)}/*" for name in names] + ([VERSIONS_FILE, HOME] if names else [])
    wanted, overrides = replace(job.wanted, keep=(*target.keep, *others)), options.overrides
    found = host.find(wanted)
    plan = make_plan(found, _receipts(host, found, target), wanted, adopts=overrides.adopts)
    options.show(host.where, plan)
    faults = refusals(
        plan,
        overrides,
        target.location,
        pages=job.pages,
        secrets=job.secrets,
        drafts=job.drafts,
    )
    diagnostics = tuple(faults)
    if diagnostics or options.is_dry or plan.is_empty:
        return PublishResult(plan, diagnostics, is_refused=bool(diagnostics))
    change = Change(plan, wanted.files, found.state, job.title, options.progress)
    host.apply(replace(change, breaks_lock=overrides.breaks_lock))
    return PublishResult(plan, is_sent=True)


def _verified(
    outcome: PublishResult,
    url: str,
    files: Contents,
    target: PublishTarget,
    options: PublishOptions,
) -> PublishResult:
    """Return the outcome with what readers get of all that was sent, and of the receipts."""
    if not url:
        return outcome
    sent = {*outcome.plan.added, *outcome.plan.changed}
    expected = {
        path: stamp(data)
        for path, data in files.items()
        if _is_public(path) and (path in sent or path.endswith(RECEIPT_NAME))
    }
    faults = verify(url, expected, target.location, target.patience, options.progress)
    return replace(outcome, diagnostics=tuple(faults), verified=len(expected) - len(faults))


def _expected(config: Config, target: PublishTarget, url: str) -> tuple[dict[str, Stamp], str]:
    """Return what readers must get, by the receipts of the target, else by the one they get."""
    try:
        with open_host(target, config) as host:
            names = _of_versions(host.load([VERSIONS_FILE]).get(VERSIONS_FILE), host.where, target)
            receipts = host.load([RECEIPT_NAME, *(f"{n}/{RECEIPT_NAME}" for n in names)])
            where = host.where
    except SiteError:
        receipts, where = {}, ""
    if not receipts:
        names = _of_versions(fetch(url, VERSIONS_FILE, target.location), url, target)
        paths = [RECEIPT_NAME, *(f"{name}/{RECEIPT_NAME}" for name in names)]
        answers = {path: fetch(url, path, target.location) for path in paths}
        receipts = {path: data for path, data in answers.items() if data is not None}
        where = url
    expected: dict[str, Stamp] = {}
    for path, data in receipts.items():
        receipt = _read(path, data, where, target)
        if receipt:
            location = path.removesuffix(RECEIPT_NAME)
            expected |= {location + name: one for name, one in receipt.outputs.items()}
            expected[path] = stamp(data)
    if not expected:
        message = f"no `{RECEIPT_NAME}` at {url}, nor where it is published"
        help_ = "`proofdown publish` puts one there with the site"
        raise SiteError(Diagnostic("failed-publish", message, target.location, help_))
    return {path: one for path, one in expected.items() if _is_public(path)}, where


def _receipts(host: Host, found: Found, target: PublishTarget) -> dict[str, Receipt]:
    """Return the receipts that are there, by the folder that each stands in.

    Raises:
        SiteError: one of them cannot be read.
    """
    paths = [
        path
        for path in found.entries
        if path.rpartition("/")[2] == RECEIPT_NAME and path.count("/") <= 1
    ]
    loaded = {p: _read(p, data, host.where, target) for p, data in host.load(paths).items()}
    return {path.removesuffix(RECEIPT_NAME): one for path, one in loaded.items() if one}


def _read(path: str, data: bytes, where: str, target: PublishTarget) -> Receipt | None:
    try:
        return read_receipt(data)
    except UnreadableReceiptError as fault:
        raise unreadable(where, path, target.location) from fault


def _known_versions(
    host: Host, there: Mapping[str, bytes], target: PublishTarget
) -> tuple[Listed, ...]:
    return read_versions(there.get(VERSIONS_FILE), host.where, target.location)


def _of_versions(data: bytes | None, where: str, target: PublishTarget) -> list[str]:
    return [name for one in read_versions(data, where, target.location) for name in one.names]


def _drafts(build: Build, locations: tuple[str, ...]) -> tuple[str, ...]:
    """Return the files in which drafts would come out."""
    paths = [output_path(page.address) for page in build.site.content.drafts]
    return tuple(location + path for location in locations for path in paths)


def _managed(there: Mapping[str, bytes]) -> frozenset[str]:
    return frozenset({HOME} if home_target(there.get(HOME)) else ())


def _root_url(url: str, edition: Edition | None) -> str:
    return url.removesuffix(f"{edition.version}/") if edition and url else url


def _is_public(path: str) -> bool:
    """Whether hosts give a file out; names with a dot are often held back."""
    return not any(part.startswith(".") for part in path.split("/"))
