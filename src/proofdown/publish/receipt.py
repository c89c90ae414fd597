"""The receipt: what was checked, by which rules and versions, and the hash of all that came of it.

It is made from the checked build when that is published, stands beside the site's home as
`proofdown-receipt.json`, and is what the next plan and every verification start from. The same
input gives the same bytes: no time of day is in it.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from proofdown import __version__
from proofdown.baseline import BASELINE_FILE
from proofdown.build import Build
from proofdown.checks import RULES
from proofdown.claims import Verdict
from proofdown.config import OFF, Config
from proofdown.diagnostics import Diagnostic, Severity, SiteError
from proofdown.lock import LOCK_FILE
from proofdown.publish.contents import (
    Content,
    Contents,
    Stamp,
    changed,
    content_of,
    stamp,
    stamp_file,
)
from proofdown.publish.paths import is_plain
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


class Receipt(Struct, frozen=True):
    """A receipt as it was read, or is to be published."""

    outputs: Mapping[str, Stamp]
    """Every published file beside the receipt, by its path from the receipt's own folder."""
    data: bytes

    @property
    def digest(self) -> str:
        """Name of this receipt among others."""
        return stamp(self.data).sha256[:16]


class UnreadableReceiptError(ValueError):
    """A receipt that is none, whatever its name says."""


class _ReadOutput(Struct, frozen=True):
    """What a receipt that is read says of a file."""

    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    size: Annotated[int, Meta(ge=0)] = msgspec.field(name="bytes")


class _ReadForm(Struct, frozen=True):
    receipt: int


class _ReadReceipt(Struct, frozen=True):
    outputs: dict[str, _ReadOutput]


def load_outputs(outputs: Iterable[Output]) -> dict[str, Content]:
    """Return the content of every output by its path.

    Raises:
        SiteError: an asset is no longer what it was, or a file would be outside of the site.
    """
    return {output.path: _content(output) for output in outputs}


def _content(output: Output) -> Content:
    if not is_plain(output.path):
        message = f"`{output.path}` is not inside the site"
        raise SiteError(Diagnostic("unwritable-output", message, output.place))
    if isinstance(output.data, bytes):
        return output.data
    content = content_of(output.data, output.place)
    if output.checksum and output.checksum != content.stamp.sha256:
        raise changed(output.place.path)
    return content


def find_inputs(config: Config) -> dict[str, str]:
    """Return the hash of every file that a site can be made from, by its path."""
    folders = (config.content, config.diagrams, config.templates)
    files = [file for folder in folders for file in (config.root / folder).rglob("*")]
    files += [config.root / name for name in _SINGLE]
    return {
        file.relative_to(config.root).as_posix(): stamp_file(file).sha256
        for file in files
        if file.is_file()
    }


def make_receipt(build: Build, files: Contents, before: Mapping[str, str]) -> Receipt:
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


def read_receipt(data: bytes) -> Receipt | None:
    """Return a receipt, or None if it has a form that is not understood.

    Raises:
        UnreadableReceiptError: it is no receipt, or names files outside of its own folder.
    """
    try:
        if msgspec.json.decode(data, type=_ReadForm).receipt != FORM:
            return None
        read = msgspec.json.decode(data, type=_ReadReceipt)
    except (msgspec.MsgspecError, ValueError, RecursionError) as fault:
        raise UnreadableReceiptError from fault
    if not all(map(is_plain, read.outputs)):
        raise UnreadableReceiptError
    return Receipt({p: Stamp(one.sha256, one.size) for p, one in read.outputs.items()}, data)


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
        found = content_of(root / path, Place(path)).stamp.sha256
        if before.get(path) != found:
            raise changed(path)
        yield path, found
