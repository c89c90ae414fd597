"""Several versions of a site side by side, listed in `versions.json` as mike does it.

    [{"version": "2.1", "title": "2.1", "aliases": ["latest"]}]

A version is a folder. An alias is a copy of it, so that `latest/` is a stable address.
"""

import json
import re
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from proofdown.addresses import fault_of_name
from proofdown.diagnostics import Diagnostic, SiteError, did_you_mean
from proofdown.publish.plan.contents import Content, Contents
from proofdown.publish.plan.options import VersionOptions
from proofdown.publish.plan.paths import RECEIPT_NAME, VERSIONS_FILE
from proofdown.publish.plan.plan import DesiredState
from proofdown.publish.plan.receipt import Receipt
from proofdown.source import Location

HOME = "index.html"
_MARK = '<meta name="generator" content="proofdown versions">'
_REDIRECT = re.compile(rb'http-equiv="refresh" content="0; url=\./([^"/]+)/"')
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+-]*")
# No leading dot, no slash or backslash, no control character, and at most 200 characters.
_READ_NAME = re.compile(r"[^./\\\x00-\x1f\x7f][^/\\\x00-\x1f\x7f]{0,199}")
"""Names that mike accepts and that cannot lead out of their folder."""
_DEEPEST = 16
"""Nesting depth to accept in the keys of other tools."""


class VersionEntry(Struct, frozen=True, kw_only=True):
    """One entry of `versions.json`."""

    version: str
    title: str
    aliases: tuple[str, ...]
    extra_keys: Mapping[str, Any]
    """Keys of other tools, written back unchanged."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its folders."""
        return (self.version, *self.aliases)


class PublishedVersion(Struct, frozen=True):
    """A published version, with what `--list` prints about it."""

    name: str
    aliases: tuple[str, ...]
    is_default: bool
    """Whether the root redirects to it."""


def read_versions(data: bytes | None, where: str, location: Location) -> tuple[VersionEntry, ...]:
    """Parse `versions.json`.

    Args:
        data: the content of the file; None if there is none.
        where: the host, as messages name it.
        location: where the target is declared.

    Raises:
        SiteError: it is not a list of versions as mike or Proofdown writes it.
    """
    if data is None:
        return ()
    try:
        entries = json.loads(data)
        if not isinstance(entries, list):
            raise _NotListedError
        return tuple(map(_listed, entries))
    except (ValueError, RecursionError) as fault:
        message = f"`{VERSIONS_FILE}` of {where} is not a list of versions"
        help_ = "restore it, or remove it from the host"
        raise SiteError(Diagnostic("unusable-version", message, location, help_)) from fault


class _NotListedError(ValueError):
    """A part of `versions.json` is not as mike or Proofdown writes it."""


def _listed(entry: object) -> VersionEntry:
    if not isinstance(entry, dict) or not _is_shallow(entry, _DEEPEST):
        raise _NotListedError
    # Fails early on what could not be written back later: NaN, and lone surrogates.
    json.dumps(entry, ensure_ascii=False, allow_nan=False).encode()
    version, title, aliases = (entry.pop(key, "") for key in ("version", "title", "aliases"))
    names = [version, *aliases] if isinstance(aliases, list) else [version]
    if not isinstance(title, str) or not (aliases == "" or isinstance(aliases, list)):
        raise _NotListedError
    if not all(isinstance(name, str) and _READ_NAME.fullmatch(name) for name in names):
        raise _NotListedError
    return VersionEntry(version=version, title=title, aliases=tuple(names[1:]), extra_keys=entry)


def _is_shallow(value: object, most: int) -> bool:
    """Return whether lists and mappings are nested at most this deep."""
    if not isinstance(value, dict | list):
        return True
    inner = value.values() if isinstance(value, dict) else value
    return most > 0 and all(_is_shallow(one, most - 1) for one in inner)


def write_versions(listed: Iterable[VersionEntry]) -> bytes:
    """Return the content of `versions.json`, the newest version first."""
    entries = [
        {"version": one.version, "title": one.title or one.version, "aliases": list(one.aliases)}
        | dict(one.extra_keys)
        for one in sorted(listed, key=_newness, reverse=True)
    ]
    return f"{json.dumps(entries, ensure_ascii=False, indent=2)}\n".encode()


def home_target(data: bytes | None) -> str:
    """Return where the root redirects to; empty if its `index.html` is not our redirect."""
    found = _REDIRECT.search(data or b"") if _MARK.encode() in (data or b"") else None
    return found[1].decode(errors="replace") if found else ""


def home_page(target: str) -> bytes:
    """Return an `index.html` that redirects to a version."""
    href = f"./{escape(target)}/"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>Documentation</title>\n{_MARK}\n"
        f'<meta http-equiv="refresh" content="0; url={href}">\n'
        f'<link rel="canonical" href="{href}">\n</head>\n'
        f'<body><p><a href="{href}">Documentation</a></p></body>\n</html>\n'
    ).encode()


def check_names(options: VersionOptions, location: Location) -> None:
    """Check that all names are valid names of folders.

    Raises:
        SiteError: one is not.
    """
    for name in (options.version, *options.aliases):
        if not _NAME.fullmatch(name) or fault_of_name(name):
            message = f"`{name}` is not a valid name of a version"
            help_ = "use letters, digits, `.`, `-`, `_` and `+`; begin with a letter or a digit"
            raise SiteError(Diagnostic("unusable-version", message, location, help_))


def add_version(
    listed: tuple[VersionEntry, ...], options: VersionOptions, location: Location
) -> tuple[VersionEntry, ...]:
    """Return the versions with one added or updated; its aliases move to it from others.

    Raises:
        SiteError: a name is both a version and an alias.
    """
    check_names(options, location)
    by_name = {one.version: one for one in listed}
    clash = next((a for a in options.aliases if a in by_name or a == options.version), "")
    clash = clash or next((options.version for one in listed if options.version in one.aliases), "")
    if clash:
        message = f"`{clash}` would be both a version and an alias"
        raise SiteError(Diagnostic("unusable-version", message, location, "choose another name"))
    old = by_name.get(options.version)
    aliases = dict.fromkeys((*(old.aliases if old else ()), *options.aliases))
    title = options.title or (old.title if old else "") or options.version
    new = VersionEntry(
        version=options.version,
        title=title,
        aliases=tuple(aliases),
        extra_keys=old.extra_keys if old else {},
    )
    others = [
        replace(one, aliases=tuple(a for a in one.aliases if a not in aliases))
        for one in listed
        if one.version != options.version
    ]
    return (*others, new)


def with_version(
    files: Contents,
    receipt: Receipt,
    options: VersionOptions,
    root_files: Mapping[str, bytes],
    known: tuple[VersionEntry, ...],
    location: Location,
) -> DesiredState:
    """Return the desired state for publishing a version beside the others.

    Args:
        files: the site.
        receipt: its receipt.
        options: the version.
        root_files: the files loaded from the root, by name.
        known: the versions on the host.
        location: where the target is declared.

    Raises:
        SiteError: the names clash, or the root should redirect to an unknown version.
    """
    listed = add_version(known, options, location)
    names = next(one.names for one in listed if one.version == options.version)
    whole: Contents = {**files, RECEIPT_NAME: receipt.data}
    desired: dict[str, Content] = {
        f"{name}/{path}": data for name in names for path, data in whole.items()
    }
    desired[VERSIONS_FILE] = write_versions(listed)
    default = options.default or home_target(root_files.get(HOME))
    # The first version decides where the root leads; the author's own `index.html` is left alone.
    if not default and HOME not in root_files:
        default = (*options.aliases, options.version)[0]
    if default:
        _find(listed, default, location)
        desired[HOME] = home_page(default)
    return DesiredState(
        files=desired,
        folders=tuple(f"{name}/" for name in names),
        managed=_managed(root_files),
    )


def without_version(
    version: str,
    default: str,
    root_files: Mapping[str, bytes],
    listed: tuple[VersionEntry, ...],
    location: Location,
) -> DesiredState:
    """Return the desired state for deleting a version.

    Args:
        version: the version.
        default: what the root should redirect to; empty to keep the current target.
        root_files: the files loaded from the root, by name.
        listed: the versions on the host.
        location: where the target is declared.

    Raises:
        SiteError: there is no such version, or the root redirects to it.
    """
    deleted = _find(listed, version, location)
    rest = [one for one in listed if one is not deleted]
    default = default or home_target(root_files.get(HOME))
    if default in deleted.names:
        message = f"the root redirects to `{default}`, which belongs to the version to delete"
        help_ = "choose another version with `--default`"
        raise SiteError(Diagnostic("unusable-version", message, location, help_))
    desired = {VERSIONS_FILE: write_versions(rest)}
    if default:
        _find(rest, default, location)
        desired[HOME] = home_page(default)
    return DesiredState(
        files=desired,
        folders=(),
        removed_folders=tuple(f"{name}/" for name in deleted.names),
        managed=_managed(root_files),
    )


def _managed(root_files: Mapping[str, bytes]) -> frozenset[str]:
    home = {HOME} if home_target(root_files.get(HOME)) else set()
    return frozenset({VERSIONS_FILE, *home})


def _find(listed: Iterable[VersionEntry], name: str, location: Location) -> VersionEntry:
    known = {n: one for one in listed for n in one.names}
    if name not in known:
        message = f"there is no version `{name}`"
        names = ", ".join(f"`{n}`" for n in known)
        there = "there is" if len(known) == 1 else "there are"
        help_ = did_you_mean(name, known) or (f"{there} {names}" if names else "")
        raise SiteError(Diagnostic("unusable-version", message, location, help_))
    return known[name]


def _newness(one: VersionEntry) -> tuple[bool, list[tuple[bool, int, str]]]:
    """Return a sort key: names such as `dev` are newer than all numbers, which compare as such."""
    is_number = re.match(r"v?\d", one.version) is not None
    parts = re.findall(r"\d+|[^\d.]+", one.version.removeprefix("v"))
    ranks = [(p.isdecimal(), int(p) if p.isdecimal() else 0, p) for p in parts]
    return not is_number, [*ranks, (False, 1, "")]  # 2.1rc1 before 2.1 before 2.1.1
