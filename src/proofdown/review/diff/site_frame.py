"""Compare what is around the pages: settings, nav, layouts, styles, files, recordings."""

from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path

from msgspec import Struct

from proofdown.checks.commands.help import read_synopsis
from proofdown.content.evidence.recordings import Recording
from proofdown.digests import file_checksum
from proofdown.site.model import Site

_SHOWN_IN_PAGES = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".avif")


class RecordingChange(Struct, frozen=True, kw_only=True):
    """A recording that was added or removed, or whose tool prints something else now."""

    name: str
    kind: str
    """`added`, `removed` or `moved`, which means that the output or the version changed."""
    versions: tuple[str, str]
    """What it was recorded on, before and after."""
    gained: tuple[str, ...] = ()
    """Options that the tool's own help lists now and did not list before."""
    lost: tuple[str, ...] = ()
    diff: str = ""
    """A unified diff of its old and new output."""


def compare_layout(before: Site, after: Site) -> Iterator[str]:
    """Yield one sentence for each change around the pages."""
    yield from _settings(before, after)
    old, new = _nav(before), _nav(after)
    if old != new:
        # Both may be empty: then only the order of the entries changed.
        removed, added = [e for e in old if e not in new], [e for e in new if e not in old]
        parts = [f"{len(added)} added"] if added else []
        parts += [f"{len(removed)} removed"] if removed else []
        yield f"the nav: {', '.join(parts) or 'entries reordered'}"
    yield from _files("layout", _templates(before), _templates(after))
    styles = [
        {s.text: _digest(site.config.root / site.config.content / s.text) for s in listed}
        for site in (before, after)
        for listed in (site.config.styles, site.config.scripts)
    ]
    yield from _files("stylesheet", styles[0], styles[2])
    yield from _files("script", styles[1], styles[3])
    redrawn = _redrawn(before, after)
    if redrawn:
        shown = f"`{redrawn[0]}` looks" if len(redrawn) == 1 else f"{len(redrawn)} drawings look"
        yield f"{shown} different, with the same nodes and edges as before"


def compare_files(before: Site, after: Site) -> Iterator[tuple[str, str]]:
    """Yield (`added`, `removed` or `changed`, address) of files that readers can load.

    Styles and scripts are left out, because `compare_layout` reports them.
    """
    old, new = ({a.path: a.file for a in site.content.assets} for site in (before, after))
    listed = {
        s.text for site in (before, after) for s in (*site.config.styles, *site.config.scripts)
    }
    for path in sorted((old.keys() | new.keys()) - listed):
        if path not in old or path not in new:
            yield ("added" if path in new else "removed"), path
        elif _digest(old[path]) != _digest(new[path]):
            yield "changed", path


def compare_recordings(before: Site, after: Site) -> Iterator[RecordingChange]:
    """Yield the recordings that were added or removed, or whose output or version changed."""
    for name in sorted(before.recordings.keys() | after.recordings.keys()):
        old, new = before.recordings.get(name), after.recordings.get(name)
        if old is None or new is None:
            kind = "removed" if new is None else "added"
            shown = (old.measured_on if old else "", new.measured_on if new else "")
            yield RecordingChange(name=name, kind=kind, versions=shown)
        elif old.body != new.body or old.versions != new.versions:
            yield _moved_recording(old, new, after)


def _moved_recording(old: Recording, new: Recording, site: Site) -> RecordingChange:
    paths = [
        c.command_path for c in site.config.commands if c.recording and c.recording.text == new.name
    ]
    options = [
        {name for path in paths for name in read_synopsis(r.body, path).options} for r in (old, new)
    ]
    lines = unified_diff(
        old.body.splitlines(), new.body.splitlines(), "before", "after", lineterm=""
    )
    return RecordingChange(
        name=new.name,
        kind="moved",
        versions=(old.measured_on, new.measured_on),
        gained=tuple(sorted(options[1] - options[0])),
        lost=tuple(sorted(options[0] - options[1])),
        diff="\n".join(lines),
    )


def _settings(before: Site, after: Site) -> Iterator[str]:
    for name in ("title", "description", "url", "language", "repository", "edit"):
        old, new = getattr(before.config, name), getattr(after.config, name)
        if old != new:
            yield f"the site's `{name}`: {_named(old)} is now {_named(new)}"


def _named(value: str) -> str:
    return f"`{' '.join(value.replace('`', '').split())}`" if value else "nothing"


def _nav(site: Site) -> list[tuple[str, str]]:
    return [(item.title, item.page.path if item.page else "") for item in site.nav.items_in_order()]


def _templates(site: Site) -> dict[str, str]:
    return dict(sorted(site.templates.own.checksums.items()))


def _files(kind: str, old: dict[str, str], new: dict[str, str]) -> Iterator[str]:
    for path in sorted(old.keys() | new.keys()):
        if path not in old:
            yield f"the {kind} `{path}` is new"
        elif path not in new:
            yield f"the {kind} `{path}` is gone"
        elif old[path] != new[path]:
            yield f"the {kind} `{path}` changed"


def _redrawn(before: Site, after: Site) -> list[str]:
    """Return the names of drawings that look different, though their graphs are the same."""
    return [
        name
        for name, drawing in sorted(after.drawings.items())
        if (old := before.drawings.get(name))
        and old.svg.inner != drawing.svg.inner
        and old.graph.shape == drawing.graph.shape
        and {str(n) for n in old.graph.nodes} == {str(n) for n in drawing.graph.nodes}
    ]


def _digest(file: Path) -> str:
    try:
        return file_checksum(file)
    except OSError:
        return ""
