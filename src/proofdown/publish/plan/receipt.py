"""The receipt: what was checked, by which rules and versions, and the hash of every output.

A publish writes it beside the site's home page as `proofdown-receipt.json`. The next plan and
every verification start from it. It is reproducible: it contains no timestamp, so the same input
gives the same bytes.
"""

import json
import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from proofdown import __version__
from proofdown.build.pipeline import Build
from proofdown.checks.registry import RULES
from proofdown.config.values import OFF
from proofdown.content.evidence.claims import Verdict
from proofdown.diagnostics import Diagnostic, Severity, SiteError
from proofdown.publish.plan.contents import Content, Contents, Stamp, changed, content_of, stamp
from proofdown.publish.plan.paths import is_safe_path
from proofdown.site.model import Output

FORMAT = 1
"""The version of the file format; receipts of other versions are ignored."""
_VERDICTS = {
    "held": Verdict.HOLDS,
    "broken": Verdict.BROKEN,
    "not_judged": Verdict.NOT_JUDGED,
}
_LIBRARIES = ("graphviz-pure", "jinja2", "markdown", "pygments", "pymdown-extensions", "pyyaml")


class Receipt(Struct, frozen=True):
    """A receipt, read from a host or to be published."""

    outputs: Mapping[str, Stamp]
    """Every published file except the receipt, by its path relative to the receipt."""
    data: bytes

    @property
    def digest(self) -> str:
        """A short hash that identifies this receipt."""
        return stamp(self.data).sha256[:16]


class UnreadableReceiptError(ValueError):
    """A file with a receipt's name is not a valid receipt."""


class _ReadOutput(Struct, frozen=True):
    """One file in a receipt to parse, with the syntax of its hash checked."""

    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    size: Annotated[int, Meta(ge=0)] = msgspec.field(name="bytes")


class _ReadFormat(Struct, frozen=True):
    receipt: int


class _ReadReceipt(Struct, frozen=True):
    outputs: dict[str, _ReadOutput]


def load_outputs(outputs: Iterable[Output]) -> dict[str, Content]:
    """Return the content of every output by its path.

    Raises:
        SiteError: an asset has changed since the build, or a path leads out of the site.
    """
    return {output.path: _content(output) for output in outputs}


def _content(output: Output) -> Content:
    if not is_safe_path(output.path):
        message = f"`{output.path}` is not inside the site"
        raise SiteError(Diagnostic("unwritable-output", message, output.location))
    if isinstance(output.data, bytes):
        return output.data
    content = content_of(output.data, output.location, output.stamp)
    if output.checksum and output.checksum != content.stamp.sha256:
        raise changed(output.location.path)
    return content


def make_receipt(build: Build, files: Contents) -> Receipt:
    """Return the receipt of a checked build and its output files.

    Args:
        build: the checked build.
        files: its outputs, by path.

    Raises:
        SiteError: an asset has changed since it was checked.
    """
    config = build.site.config
    levels = {code: config.level_of(code, rule.level) for code, rule in RULES.items()}
    outputs = {path: stamp(data) for path, data in files.items()}
    receipt = {
        "receipt": FORMAT,
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
        "inputs": _inputs(build, outputs),
        "outputs": {
            path: {"sha256": one.sha256, "bytes": one.size} for path, one in outputs.items()
        },
    }
    # Sorted, so that the bytes do not depend on the order in which the build found things.
    text = json.dumps(receipt, ensure_ascii=False, indent=1, sort_keys=True)
    return Receipt(outputs, f"{text}\n".encode())


def read_receipt(data: bytes) -> Receipt | None:
    """Parse a receipt; return None if its format version is unknown.

    Raises:
        UnreadableReceiptError: it is not a receipt, or lists paths outside its own folder.
    """
    try:
        # The version first: another version may have other types for the rest.
        if msgspec.json.decode(data, type=_ReadFormat).receipt != FORMAT:
            return None
        read = msgspec.json.decode(data, type=_ReadReceipt)
    except (msgspec.MsgspecError, ValueError, RecursionError) as fault:
        raise UnreadableReceiptError from fault
    # The host may be hostile: a plan must not delete `../x` because a receipt lists it.
    if not all(map(is_safe_path, read.outputs)):
        raise UnreadableReceiptError
    return Receipt({p: Stamp(one.sha256, one.size) for p, one in read.outputs.items()}, data)


def _python() -> str:
    return ".".join(str(number) for number in sys.version_info[:2])


def _inputs(build: Build, outputs: Mapping[str, Stamp]) -> dict[str, str]:
    """Return the path and hash of every file that the build read.

    Raises:
        SiteError: an asset that a check has read would be published with other bytes.
    """
    used = dict(build.read)
    for asset in build.site.content.assets:
        published = outputs[asset.path].sha256
        if used.setdefault(asset.location.path, published) != published:
            raise changed(asset.location.path)
    return used
