"""Several versions of a site beside each other, listed in `versions.json` as mike does.

    [{"version": "2.1", "title": "2.1", "aliases": ["latest"]}]

A version is a folder; an alias is a second folder with the same files, so that its addresses last.
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
from proofdown.publish.plan.options import Edition
from proofdown.publish.plan.paths import RECEIPT_NAME, VERSIONS_FILE
from proofdown.publish.plan.plan import Wanted
from proofdown.publish.plan.receipt import Receipt
from proofdown.source import Location

HOME = "index.html"
_MARK = '<meta name="generator" content="proofdown versions">'
_REDIRECT = re.compile(rb'http-equiv="refresh" content="0; url=\./([^"/]+)/"')
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+-]*")
_READ_NAME = re.compile(r"[^./\\\x00-\x1f\x7f][^/\\\x00-\x1f\x7f]{0,199}")
"""What mike may have made a folder of, which can lead to no other folder."""
_DEEPEST = 16
"""How deep the values of keys may be nested that other tools wrote."""


class Listed(Struct, frozen=True):
    """One entry of `versions.json`."""

    version: str
    title: str
    aliases: tuple[str, ...]
    others: Mapping[str, Any]
    """Keys that other tools wrote, which are kept."""

    @property
    def names(self) -> tuple[str, ...]:
        """The folders that it is in."""
        return (self.version, *self.aliases)


class PublishedVersion(Struct, frozen=True):
    """A version that is at a target."""

    name: str
    aliases: tuple[str, ...]
    is_default: bool
    """Whether the root leads to it."""


def read_versions(data: bytes | None, where: str, location: Location) -> tuple[Listed, ...]:
    """Return the versions that are there.

    Args:
        data: what `versions.json` holds; None where there is none.
        where: words for the host that it comes from.
        location: where the target is declared.

    Raises:
        SiteError: the file is not what mike or Proofdown writes.
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
        help_ = "restore it, or remove it there"
        raise SiteError(Diagnostic("unusable-version", message, location, help_)) from fault


class _NotListedError(ValueError):
    """A part of `versions.json` that is not what mike or Proofdown writes."""


def _listed(entry: object) -> Listed:
    if not isinstance(entry, dict) or not _is_shallow(entry, _DEEPEST):
        raise _NotListedError
    json.dumps(entry, ensure_ascii=False, allow_nan=False).encode()  # what is kept is written again
    version, title, aliases = (entry.pop(key, "") for key in ("version", "title", "aliases"))
    names = [version, *aliases] if isinstance(aliases, list) else [version]
    if not isinstance(title, str) or not (aliases == "" or isinstance(aliases, list)):
        raise _NotListedError
    if not all(isinstance(name, str) and _READ_NAME.fullmatch(name) for name in names):
        raise _NotListedError
    return Listed(version, title, tuple(names[1:]), entry)


def _is_shallow(value: object, most: int) -> bool:
    """Return whether lists and mappings are nested no deeper than this."""
    if not isinstance(value, dict | list):
        return True
    inner = value.values() if isinstance(value, dict) else value
    return most > 0 and all(_is_shallow(one, most - 1) for one in inner)


def write_versions(listed: Iterable[Listed]) -> bytes:
    """Return `versions.json`, the newest version first."""
    entries = [
        {"version": one.version, "title": one.title or one.version, "aliases": list(one.aliases)}
        | dict(one.others)
        for one in sorted(listed, key=_newness, reverse=True)
    ]
    return f"{json.dumps(entries, ensure_ascii=False, indent=2)}\n".encode()


def home_target(data: bytes | None) -> str:
    """Return where the root's home leads, if it is one that publishing wrote; else nothing."""
    found = _REDIRECT.search(data or b"") if _MARK.encode() in (data or b"") else None
    return found[1].decode(errors="replace") if found else ""


def home_page(target: str) -> bytes:
    """Return a home that leads on to a version."""
    href = f"./{escape(target)}/"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>Documentation</title>\n{_MARK}\n"
        f'<meta http-equiv="refresh" content="0; url={href}">\n'
        f'<link rel="canonical" href="{href}">\n</head>\n'
        f'<body><p><a href="{href}">Documentation</a></p></body>\n</html>\n'
    ).encode()


def check_names(edition: Edition, location: Location) -> None:
    """Refuse what cannot be the name of a version's folder.

    Raises:
        SiteError: a name cannot be one.
    """
    for name in (edition.version, *edition.aliases):
        if not _NAME.fullmatch(name) or fault_of_name(name):
            message = f"`{name}` cannot be the name of a version"
            help_ = "letters, digits, and `.`, `-`, `_`, `+`; the first is a letter or a digit"
            raise SiteError(Diagnostic("unusable-version", message, location, help_))


def with_edition(
    listed: tuple[Listed, ...], edition: Edition, location: Location
) -> tuple[Listed, ...]:
    """Return the versions with one added or renewed; its aliases move to it from others.

    Raises:
        SiteError: a name is both a version and an alias.
    """
    check_names(edition, location)
    by_name = {one.version: one for one in listed}
    clash = next((a for a in edition.aliases if a in by_name or a == edition.version), "")
    clash = clash or next((edition.version for one in listed if edition.version in one.aliases), "")
    if clash:
        message = f"`{clash}` would be both a version and an alias"
        raise SiteError(Diagnostic("unusable-version", message, location, "choose another name"))
    old = by_name.get(edition.version)
    aliases = dict.fromkeys((*(old.aliases if old else ()), *edition.aliases))
    title = edition.title or (old.title if old else "") or edition.version
    new = Listed(edition.version, title, tuple(aliases), old.others if old else {})
    others = [
        replace(one, aliases=tuple(a for a in one.aliases if a not in aliases))
        for one in listed
        if one.version != edition.version
    ]
    return (*others, new)


def want_edition(
    files: Contents,
    receipt: Receipt,
    edition: Edition,
    there: Mapping[str, bytes],
    known: tuple[Listed, ...],
    location: Location,
) -> Wanted:
    """Return what is to be there when a version is published beside the others.

    Args:
        files: the site.
        receipt: its receipt.
        edition: the version.
        there: the files at the root, as far as they matter.
        known: the versions that are there.
        location: where the target is declared.

    Raises:
        SiteError: the names clash, or the root is to lead to a version that is not there.
    """
    listed = with_edition(known, edition, location)
    names = next(one.names for one in listed if one.version == edition.version)
    whole: Contents = {**files, RECEIPT_NAME: receipt.data}
    wanted: dict[str, Content] = {
        f"{name}/{path}": data for name in names for path, data in whole.items()
    }
    wanted[VERSIONS_FILE] = write_versions(listed)
    default = edition.default or home_target(there.get(HOME))
    if not default and HOME not in there:
        default = (*edition.aliases, edition.version)[0]
    if default:
        _find(listed, default, location)
        wanted[HOME] = home_page(default)
    return Wanted(wanted, tuple(f"{name}/" for name in names), managed=_managed(there))


def without_version(
    version: str,
    default: str,
    there: Mapping[str, bytes],
    listed: tuple[Listed, ...],
    location: Location,
) -> Wanted:
    """Return what is to be there when a version is deleted.

    Args:
        version: the version.
        default: what the root is to lead to; empty for what it leads to now.
        there: the files at the root, as far as they matter.
        listed: the versions that are there.
        location: where the target is declared.

    Raises:
        SiteError: there is no such version, or the root leads to it.
    """
    gone = _find(listed, version, location)
    rest = [one for one in listed if one is not gone]
    default = default or home_target(there.get(HOME))
    if default in gone.names:
        message = f"the root leads to `{default}`, which is of the version to delete"
        help_ = "`--default` names another version"
        raise SiteError(Diagnostic("unusable-version", message, location, help_))
    wanted = {VERSIONS_FILE: write_versions(rest)}
    if default:
        _find(rest, default, location)
        wanted[HOME] = home_page(default)
    return Wanted(wanted, (), tuple(f"{name}/" for name in gone.names), managed=_managed(there))


def _managed(there: Mapping[str, bytes]) -> frozenset[str]:
    home = {HOME} if home_target(there.get(HOME)) else set()
    return frozenset({VERSIONS_FILE, *home})


def _find(listed: Iterable[Listed], name: str, location: Location) -> Listed:
    known = {n: one for one in listed for n in one.names}
    if name not in known:
        message = f"there is no version `{name}`"
        names = ", ".join(f"`{n}`" for n in known)
        there = "there is" if len(known) == 1 else "there are"
        help_ = did_you_mean(name, known) or (f"{there} {names}" if names else "")
        raise SiteError(Diagnostic("unusable-version", message, location, help_))
    return known[name]


def _newness(one: Listed) -> tuple[bool, list[tuple[bool, int, str]]]:
    """By number where a name has one; names such as `dev` come before all numbers."""
    is_number = re.match(r"v?\d", one.version) is not None
    parts = re.findall(r"\d+|[^\d.]+", one.version.removeprefix("v"))
    ranks = [(p.isdecimal(), int(p) if p.isdecimal() else 0, p) for p in parts]
    return not is_number, [*ranks, (False, 1, "")]  # 2.1rc1 before 2.1 before 2.1.1
