"""The provenance of a build: checksums of its inputs, and whether another run may differ."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from proofdown.config.root import LOCK_FILE, SETTINGS_FILE
from proofdown.diagnostics import Diagnostic
from proofdown.site.model import Site

_ENVIRONMENT_CODES = frozenset(
    {
        "invalid-diagram",
        "markdown-error",
        "over-budget",
        "unknown-extension",
        "unreadable-file",
    }
)
"""Codes of faults that can depend on the environment: the disk, its load, what can be imported."""


class Provenance(Struct, frozen=True, kw_only=True):
    """The inputs of a build."""

    read: dict[str, str]
    """SHA-256 of each file that was read, by its path from the site's root."""
    is_provisional: bool
    """Whether something failed that may succeed in another run, though the site did not change."""


def provenance_of(site: Site, found: Iterable[Diagnostic], *, is_dated: bool) -> Provenance:
    """Return the provenance of a checked site.

    Args:
        site: the site.
        found: its diagnostics, before the settings change their levels.
        is_dated: whether Git's history could be read.
    """
    is_unread = any(asset.is_unread for asset in site.content.assets)
    is_faulty = any(d.code in _ENVIRONMENT_CODES for d in found)
    is_provisional = is_unread or is_faulty or not is_dated
    return Provenance(read=dict(_read_for(site)), is_provisional=is_provisional)


def _read_for(site: Site) -> Iterator[tuple[str, str]]:
    """Yield path and SHA-256 of each file that was read for a site."""
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
