"""The receipt: what was checked, by which rules and versions, and the hash of all that came of it.

It is made from the checked build when that is published, stands beside the site's home as
`proofdown-receipt.json`, and is what the next plan and every verification start from. The same
input gives the same bytes: no time of day is in it.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from msgspec import Struct

from proofdown import __version__
from proofdown.baseline import BASELINE_FILE
from proofdown.build import Build
from proofdown.checks import RULES
from proofdown.claims import Verdict
from proofdown.config import OFF, Config
from proofdown.diagnostics import Diagnostic, Severity, SiteError
from proofdown.lock import LOCK_FILE
from proofdown.roots import SETTINGS_FILE
from proofdown.site import Output, Site
from proofdown.source import Place

FORM = 1
"""The form of receipts; one of another form is not understood."""
_SINGLE = (SETTINGS_FILE, LOCK_FILE, BASELINE_FILE)
_VERDICTS = {
    "held": Verdict.HOLDS,
    "broken": Verdict.BROKEN,
    "not_judged": Verdict.NOT_JUDGED,
}
_LIBRARIES = ("graphviz-pure", "jinja2", "markdown", "pygments", "pymdown-extensions", "pyyaml")


class Stamp(Struct, frozen=True):
    """What is known of a file's content."""

    sha256: str
    size: int


class Receipt(Struct, frozen=True):
    """A receipt as it was read, or is to be published."""

    outputs: Mapping[str, Stamp]
    """Every published file beside the receipt, by its path from the receipt's own folder."""
    data: bytes

    @property
    def digest(self) -> str:
        """Name of this receipt among others."""
        return stamp(self.data).sha256[:16]


def stamp(data: bytes) -> Stamp:
    """Return what a receipt says of a content."""
    return Stamp(sha256(data).hexdigest(), len(data))


def load_outputs(outputs: Iterable[Output]) -> dict[str, bytes]:
    """Return the content of every output by its path.

    Raises:
        SiteError: an asset can no longer be read.
    """
    return {output.path: _load(output.data, output.place) for output in outputs}


def find_inputs(config: Config) -> dict[str, str]:
    """Return the hash of every file that a site can be made from, by its path."""
    folders = (config.content, config.diagrams, config.templates)
    files = [file for folder in folders for file in (config.root / folder).rglob("*")]
    files += [config.root / name for name in _SINGLE]
    return {
        file.relative_to(config.root).as_posix(): stamp(file.read_bytes()).sha256
        for file in files
        if file.is_file()
    }


def make_receipt(build: Build, files: Mapping[str, bytes], before: Mapping[str, str]) -> Receipt:
    """Return the receipt of a checked build and the files that came of it.

    Args:
        build: the checked build.
        files: what came of it, by path.
        before: what there was to make it from when it began, by `find_inputs`.

    Raises:
        SiteError: a source has changed since it was read, so that what was checked is gone.
    """
    config = build.site.config
    levels = {code: config.levels.get(code, rule.level) for code, rule in RULES.items()}
    outputs = {path: stamp(data) for path, data in files.items()}
    receipt = {
        "receipt": FORM,
        "title": config.title,
        "url": config.url,
        "versions": {"proofdown": __version__, "python": _python()}
        | {name: version(name) for name in _LIBRARIES},
        "rules": {code: str(level or OFF) for code, level in levels.items()},
        "checked": {
            "pages": len(build.site.pages),
            "claims": {name: build.count_claims(verdict) for name, verdict in _VERDICTS.items()},
            "problems": {str(severity): build.count(severity) for severity in Severity},
        },
        "inputs": dict(_inputs(build.site, before)),
        "outputs": {
            path: {"sha256": one.sha256, "bytes": one.size} for path, one in outputs.items()
        },
    }
    text = json.dumps(receipt, ensure_ascii=False, indent=1, sort_keys=True)
    return Receipt(outputs, f"{text}\n".encode())


def read_receipt(data: bytes | None) -> Receipt | None:
    """Return a receipt; None for what is none, or of a form that is not understood."""
    try:
        values: Any = json.loads(data or b"")
        if values["receipt"] != FORM:
            return None
        found = {
            str(path): Stamp(str(one["sha256"]), int(one["bytes"]))
            for path, one in values["outputs"].items()
        }
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return Receipt(found, data or b"")


def _python() -> str:
    return ".".join(str(number) for number in sys.version_info[:2])


def _inputs(site: Site, before: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield path and hash of everything that the site was made from.

    Raises:
        SiteError: one of them is no longer what it was before the build.
    """
    root = site.config.root
    templates = site.config.templates.as_posix() + "/"
    sources = [page.source for page in site.content.pages]
    sources += [*site.content.claims, *site.diagrams]
    sources += [recording.source for recording in site.recordings.values()]
    used = {source.path for source in sources}
    used |= {asset.place.path for asset in site.content.assets}
    used |= {path for path in before if path in _SINGLE or path.startswith(templates)}
    for path in sorted(used):
        found = stamp(_load(root / path, Place(path))).sha256
        if before.get(path) != found:
            raise _changed(path)
        yield path, found


def _load(data: bytes | Path, place: Place) -> bytes:
    if isinstance(data, bytes):
        return data
    try:
        return data.read_bytes()
    except OSError as fault:
        raise _changed(place.path) from fault


def _changed(path: str) -> SiteError:
    message = f"`{path}` was changed while the site was built"
    help_ = "publish again: what is published is what was checked"
    return SiteError(Diagnostic("changed-meanwhile", message, Place(path), help_))
