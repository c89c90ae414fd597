"""Publish a checked build: receipt, current state, plan, safety checks, apply, verify.

Nothing is sent before the plan has passed every safety check, and nothing is reported as published
before readers get it.
"""

from collections.abc import Mapping
from glob import escape

from msgspec import Struct
from msgspec.structs import replace

from proofdown.addresses import output_path
from proofdown.build.pipeline import Build
from proofdown.config.model import Config
from proofdown.config.publish import GitTarget, PublishTarget
from proofdown.diagnostics import Diagnostic, SiteError
from proofdown.publish.hosts.open_host import open_host
from proofdown.publish.hosts.protocol import Change, Host, unreadable
from proofdown.publish.plan.contents import Contents, Stamp, size_of, stamp
from proofdown.publish.plan.options import PublishOptions, VersionOptions
from proofdown.publish.plan.paths import RECEIPT_NAME, VERSIONS_FILE
from proofdown.publish.plan.plan import CurrentState, DesiredState, Plan, make_plan
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
    PublishedVersion,
    VersionEntry,
    home_target,
    read_versions,
    with_version,
    without_version,
)
from proofdown.publish.verify import fetch, verify
from proofdown.runtime.system.signals import raise_if_signalled
from proofdown.source import Location

_NO_JEKYLL = ".nojekyll"
"""A file that keeps GitHub Pages from building a branch with Jekyll."""


class PublishResult(Struct, frozen=True, kw_only=True):
    """The result of a publish, a rollback or a verification."""

    plan: Plan
    diagnostics: tuple[Diagnostic, ...] = ()
    """Why the plan was refused, or how the live site differs."""
    verified: int = 0
    """The number of files that readers get as published."""
    is_sent: bool = False
    is_refused: bool = False


class _Job(Struct, frozen=True, kw_only=True):
    """The desired state, and the facts about the site that the safety checks need."""

    desired: DesiredState
    title: str
    secrets: tuple[Secret, ...] = ()
    drafts: tuple[str, ...] = ()
    pages: int = 1


def publish(build: Build, target: PublishTarget, options: PublishOptions) -> PublishResult:
    """Publish a checked build.

    Args:
        build: the checked build.
        target: the target to publish to.
        options: the options of the command.

    Raises:
        SiteError: the host cannot be reached or refuses, or a source has changed since the build.
    """
    config = build.site.config
    files = load_outputs(build.site.outputs)
    receipt = make_receipt(build, files)
    # Its own file would overwrite the receipt that the next publish starts from.
    if RECEIPT_NAME in files:
        message = f"`{RECEIPT_NAME}` is reserved for the receipt"
        raise SiteError(Diagnostic("duplicate-address", message, Location(RECEIPT_NAME)))
    with open_host(target, config) as host:
        root_files = host.load([VERSIONS_FILE, HOME, _NO_JEKYLL])
        if options.versioning:
            known = _known_versions(host, root_files, target)
            desired = with_version(
                files, receipt, options.versioning, root_files, known, target.location
            )
        else:
            desired = DesiredState(
                files={**files, RECEIPT_NAME: receipt.data}, managed=_managed(root_files)
            )
        if isinstance(target.host, GitTarget) and _NO_JEKYLL not in root_files:
            desired = replace(desired, files={_NO_JEKYLL: b"", **desired.files})
        job = _Job(
            desired=desired,
            title=f"Publish {config.title}",
            secrets=tuple(find_secrets(files, config.root)),
            drafts=_drafts(build, desired.folders),
            pages=len(build.site.pages),
        )
        result = _plan_and_apply(host, job, target, options, root_files)
    if result.diagnostics or options.is_dry or options.skips_verifying:
        return result
    url = target.url or _root_url(config.url, options.versioning)
    return _with_verification(result, url, desired.files, target, options)


def delete_version(
    version: str, config: Config, target: PublishTarget, options: PublishOptions
) -> PublishResult:
    """Delete a version and its aliases.

    Raises:
        SiteError: there is no such version, or the host cannot be reached or refuses.
    """
    default = options.versioning.default if options.versioning else ""
    # Deleting was asked for, so the checks against deleting by mistake do not apply.
    overrides = replace(options.overrides, deletes=True, empties=True)
    with open_host(target, config) as host:
        root_files = host.load([VERSIONS_FILE, HOME])
        known = _known_versions(host, root_files, target)
        desired = without_version(version, default, root_files, known, target.location)
        options = replace(options, overrides=overrides)
        job = _Job(desired=desired, title=f"Delete version {version}")
        return _plan_and_apply(host, job, target, options, root_files)


def roll_back(config: Config, target: PublishTarget, options: PublishOptions) -> PublishResult:
    """Restore the site as it was before the last publish.

    Raises:
        SiteError: there is no earlier publish, or the host cannot be reached or refuses.
    """
    with open_host(target, config) as host:
        undo = host.undo()
        if undo is None:
            message = f"{host.where}: there is no earlier publish to roll back to"
            raise SiteError(Diagnostic("failed-publish", message, target.location))
        existing = host.inspect(DesiredState(files=undo.files)).entries
        plan = Plan(
            added=tuple(sorted(undo.files.keys() - existing.keys())),
            changed=tuple(sorted(undo.files.keys() & existing.keys())),
            deleted=tuple(sorted(undo.deleted)),
            sent=sum(map(size_of, undo.files.values())),
        )
        options.show(host.where, plan)
        if options.is_dry or plan.is_empty:
            return PublishResult(plan=plan)
        _apply(
            host,
            Change(
                plan=plan,
                files=undo.files,
                revision=undo.revision,
                title="Roll back",
                progress=options.progress,
                breaks_lock=options.overrides.breaks_lock,
                is_whole=False,
            ),
        )
    result = PublishResult(plan=plan, is_sent=True)
    if options.skips_verifying:
        return result
    return _with_verification(result, target.url or config.url, undo.files, target, options)


def verify_live(
    config: Config, target: PublishTarget, options: PublishOptions
) -> tuple[PublishResult, str]:
    """Compare the live site with the receipts of a target.

    Returns:
        The result, and where the receipts came from.

    Raises:
        SiteError: the URL of the site is unknown, or there is no receipt.
    """
    url = target.url or config.url
    if not url:
        message = "there is no URL to verify"
        help_ = f"set the `url` of the site or of the target `{target.name}`"
        raise SiteError(Diagnostic("failed-publish", message, target.location, help_))
    expected, source = _expected(config, target, url)
    faults = verify(url, expected, target.location, target.patience, options.progress)
    verified = len(expected) - len(faults)
    return PublishResult(plan=Plan(), diagnostics=tuple(faults), verified=verified), source


def list_versions(config: Config, target: PublishTarget) -> list[PublishedVersion]:
    """Return the published versions, in the order of `versions.json`.

    Raises:
        SiteError: the host cannot be reached, or its list of versions is invalid.
    """
    with open_host(target, config) as host:
        root_files = host.load([VERSIONS_FILE, HOME])
        listed = _known_versions(host, root_files, target)
    default = home_target(root_files.get(HOME))
    return [PublishedVersion(v.version, v.aliases, is_default=default in v.names) for v in listed]


def _plan_and_apply(
    host: Host,
    job: _Job,
    target: PublishTarget,
    options: PublishOptions,
    root_files: Mapping[str, bytes],
) -> PublishResult:
    """Plan, run the safety checks, and apply."""
    # Other versions are protected even if they have no receipt, such as those that mike wrote.
    names = [name for one in _known_versions(host, root_files, target) for name in one.names]
    others = [f"{escape(name)}/*" for name in names] + ([VERSIONS_FILE, HOME] if names else [])
    desired, overrides = replace(job.desired, keep=(*target.keep, *others)), options.overrides
    current = host.inspect(desired)
    plan = make_plan(current, _receipts(host, current, target), desired, adopts=overrides.adopts)
    options.show(host.where, plan)
    refused = refusals(
        plan,
        overrides,
        target.location,
        pages=job.pages,
        secrets=job.secrets,
        drafts=job.drafts,
    )
    diagnostics = tuple(refused)
    if diagnostics or options.is_dry or plan.is_empty:
        return PublishResult(plan=plan, diagnostics=diagnostics, is_refused=bool(diagnostics))
    _apply(
        host,
        Change(
            plan=plan,
            files=desired.files,
            revision=current.revision,
            title=job.title,
            progress=options.progress,
            breaks_lock=overrides.breaks_lock,
        ),
    )
    return PublishResult(plan=plan, is_sent=True)


def _apply(host: Host, change: Change) -> None:
    """Let a host make a change, unless a signal has asked the run to end."""
    # A finalizer may have swallowed the exception of the signal.
    raise_if_signalled()
    host.apply(change)


def _with_verification(
    result: PublishResult,
    url: str,
    files: Contents,
    target: PublishTarget,
    options: PublishOptions,
) -> PublishResult:
    """Verify the files that were sent, and the receipts; add what differs to the result."""
    if not url:
        return result
    # Unchanged files were not sent and are not verified again; `--verify` checks all.
    sent = {*result.plan.added, *result.plan.changed}
    expected = {
        path: stamp(data)
        for path, data in files.items()
        if _is_public(path) and (path in sent or path.endswith(RECEIPT_NAME))
    }
    faults = verify(url, expected, target.location, target.patience, options.progress)
    return replace(result, diagnostics=tuple(faults), verified=len(expected) - len(faults))


def _expected(config: Config, target: PublishTarget, url: str) -> tuple[dict[str, Stamp], str]:
    """Return the expected stamp of every public file, and where the receipts came from.

    The receipts are read from the host, or over HTTP if it cannot be reached.
    """
    try:
        with open_host(target, config) as host:
            names = _version_names(
                host.load([VERSIONS_FILE]).get(VERSIONS_FILE), host.where, target
            )
            receipts = host.load([RECEIPT_NAME, *(f"{n}/{RECEIPT_NAME}" for n in names)])
            where = host.where
    except SiteError:
        # The host may need credentials that a check of the live site does not.
        receipts, where = {}, ""
    if not receipts:
        names = _version_names(fetch(url, VERSIONS_FILE, target.location), url, target)
        paths = [RECEIPT_NAME, *(f"{name}/{RECEIPT_NAME}" for name in names)]
        answers = {path: fetch(url, path, target.location) for path in paths}
        receipts = {path: data for path, data in answers.items() if data is not None}
        where = url
    expected: dict[str, Stamp] = {}
    for path, data in receipts.items():
        receipt = _read(path, data, where, target)
        if receipt:
            folder = path.removesuffix(RECEIPT_NAME)
            expected |= {folder + name: one for name, one in receipt.outputs.items()}
            # A receipt does not list its own hash, so it is stamped here.
            expected[path] = stamp(data)
    if not expected:
        message = f"there is no `{RECEIPT_NAME}`, neither at {url} nor on the host"
        help_ = "`proofdown publish` uploads one with the site"
        raise SiteError(Diagnostic("failed-publish", message, target.location, help_))
    return {path: one for path, one in expected.items() if _is_public(path)}, where


def _receipts(host: Host, current: CurrentState, target: PublishTarget) -> dict[str, Receipt]:
    """Return the receipts on the host, by folder: the root or a version.

    Raises:
        SiteError: one of them is invalid.
    """
    # Versions are folders of the root, so a receipt further down belongs to something else.
    paths = [
        path
        for path in current.entries
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
    host: Host, root_files: Mapping[str, bytes], target: PublishTarget
) -> tuple[VersionEntry, ...]:
    return read_versions(root_files.get(VERSIONS_FILE), host.where, target.location)


def _version_names(data: bytes | None, where: str, target: PublishTarget) -> list[str]:
    return [name for one in read_versions(data, where, target.location) for name in one.names]


def _drafts(build: Build, folders: tuple[str, ...]) -> tuple[str, ...]:
    """Return the files that drafts would be published as."""
    paths = [output_path(page.address) for page in build.site.content.drafts]
    return tuple(location + path for location in folders for path in paths)


def _managed(root_files: Mapping[str, bytes]) -> frozenset[str]:
    return frozenset({HOME} if home_target(root_files.get(HOME)) else ())


def _root_url(url: str, versioning: VersionOptions | None) -> str:
    # The command line has appended the version to the site's `url` for the build.
    return url.removesuffix(f"{versioning.version}/") if versioning and url else url


def _is_public(path: str) -> bool:
    """Return whether hosts serve a file; many do not serve names that begin with a dot."""
    return not any(part.startswith(".") for part in path.split("/"))
