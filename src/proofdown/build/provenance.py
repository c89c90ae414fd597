"""What a build was made from, as it was read, and whether it may come out otherwise next time."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from proofdown.config.root import LOCK_FILE, SETTINGS_FILE
from proofdown.diagnostics import Diagnostic
from proofdown.site.model import Site

_OF_THE_SYSTEM = frozenset(
    {
        "invalid-diagram",
        "markdown-error",
        "over-budget",
        "unknown-extension",
        "unreadable-file",
    }
)
"""Codes of faults in which the system may have a part: a disk, how busy it is, what it can load."""


class Account(Struct, frozen=True, kw_only=True):
    """What a build was made from."""

    read: dict[str, str]
    """SHA-256 of each file that was read, by its path in the site's folder."""
    is_provisional: bool
    """Whether something failed that may go better another time, without any change of the site."""


def account_of(site: Site, found: Iterable[Diagnostic], *, is_dated: bool) -> Account:
    """Return what a site was made from.

    Args:
        site: the site, which was checked.
        found: what is wrong with it, whatever the settings make of that.
        is_dated: whether its history could be read.
    """
    is_unread = any(asset.is_unread for asset in site.content.assets)
    is_faulty = any(d.code in _OF_THE_SYSTEM for d in found)
    is_provisional = is_unread or is_faulty or not is_dated
    return Account(read=dict(_read_for(site)), is_provisional=is_provisional)


def _read_for(site: Site) -> Iterator[tuple[str, str]]:
    """Yield path and SHA-256 of what a site was made from; of what could not be read, nothing."""
    yield SETTINGS_FILE, site.config.checksum
    if site.lock.checksum:
        yield LOCK_FILE, site.lock.checksum
    recordings = (recording.source for recording in site.recordings.values())
    pages = (page.source for page in site.content.pages)
    for source in (*pages, *site.content.claims, *site.diagrams, *recordings):
        yield source.path, source.checksum
    folder = site.config.templates.as_posix()
    for path, of_file in site.templates.own.checksums.items():
        yield f"{folder}/{path}", of_file
    for asset in site.content.assets:
        if asset.seen_checksum:
            yield asset.location.path, asset.seen_checksum
