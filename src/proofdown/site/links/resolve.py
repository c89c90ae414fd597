"""Resolve links to the pages, assets, drawings and recordings of a site."""

import re
from enum import StrEnum
from functools import cached_property
from urllib.parse import unquote

from msgspec import Struct

from proofdown.addresses import (
    INDEX_NAMES,
    encode_path,
    folder_of,
    join_path,
    relative_href,
    split_url,
)
from proofdown.config.model import Config
from proofdown.config.origins import clean_url
from proofdown.content.discovery import RECORDINGS_FOLDER, Content
from proofdown.content.near_paths import NearPaths
from proofdown.diagnostics import did_you_mean

NOT_FOUND_ADDRESS = "404.html"
"""The page that hosts serve for every address that does not exist."""

_END_OF_PATH = re.compile(r"[?#]")
_OUTSIDE = re.compile(r"//|[A-Za-z][A-Za-z0-9+.-]*:")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


class Kind(StrEnum):
    """Kind of a link's target."""

    OUTSIDE = "outside"
    PAGE = "page"
    ASSET = "asset"
    DRAWING = "drawing"
    RECORDING = "recording"
    OTHER = "other"
    """A file of the site that is none of these, such as `sitemap.xml`."""
    MISSING = "missing"
    DRAFT = "draft"
    LOST = "lost"
    """A page or diagram that exists but could not be read or drawn; reported by itself."""


class Resolved(Struct, frozen=True):
    """The target of a link."""

    kind: Kind
    address: str = ""
    query: str = ""
    anchor: str = ""
    path: str = ""
    """The path that was looked up, without query and fragment, percent-decoded."""

    @property
    def is_found(self) -> bool:
        """Whether the target exists in the site."""
        return self.kind in (
            Kind.PAGE,
            Kind.ASSET,
            Kind.DRAWING,
            Kind.RECORDING,
            Kind.OTHER,
        )


class Targets(Struct, frozen=True, dict=True, kw_only=True):
    """Everything in a site that a link can lead to."""

    pages: dict[str, str]
    """Path of each page in the content folder → its address."""
    assets: frozenset[str]
    """Paths of the assets in the content folder, which are their addresses."""
    diagrams: dict[str, str]
    """Path of each diagram, relative to the site's root → the diagram's name."""
    content_folder: str
    """Path of the content folder relative to the site's root."""
    drafts: frozenset[str] = frozenset()
    lost: frozenset[str] = frozenset()
    """Paths of pages, and of diagrams (from the root), that could not be read or drawn."""
    others: frozenset[str] = frozenset()
    """Addresses of files that the theme contains or the build generates."""
    addresses: frozenset[str] = frozenset()
    """Addresses of all pages."""
    recordings: frozenset[str] = frozenset()
    """Names of the recordings."""
    base: str = "/"
    """Path of the site on its host. Used for `404.html`, which hosts serve at any depth."""
    url: str = ""
    """URL of the site; empty if the settings have none."""

    def href(self, start: str, target: str) -> str:
        """Return the link from the page at one address to another address."""
        # A relative link would be resolved against the missing address that the reader asked for.
        if start == NOT_FOUND_ADDRESS:
            return self.base + encode_path(target).removeprefix("./")
        return relative_href(start, target)

    def asset_at(self, url: str, address: str) -> str | None:
        """Return the asset that a URL loads on the page at an address; None if it is no asset."""
        url = clean_url(url)
        for base in filter(None, (self.url, self.base)):
            if url.startswith(base):
                url = "/" + url.removeprefix(base)
                break
        path = unquote(_END_OF_PATH.split(url, maxsplit=1)[0])
        folder = "" if path.startswith("/") else folder_of(address)
        found = join_path(folder, path.lstrip("/"))
        return found if found in self.assets else None

    def resolve(self, written: str, folder: str, address: str) -> Resolved:
        """Return the target of a reference on a page.

        Args:
            written: the reference as the author wrote it, with character references decoded.
            folder: the page's folder in the content folder, which paths are relative to.
            address: the page's address, which addresses are relative to.
        """
        if _OUTSIDE.match(clean_url(written)):
            return Resolved(Kind.OUTSIDE)
        parts = split_url(written)
        if parts is None:
            return Resolved(Kind.MISSING, path=written)
        path, anchor = unquote(parts.path), unquote(parts.fragment)
        if not path:
            return Resolved(Kind.PAGE, address, parts.query, anchor)
        kind, found = self._look_up(path, folder, address)
        return Resolved(kind, found, parts.query, anchor, path)

    def _look_up(self, path: str, folder: str, address: str) -> tuple[Kind, str]:
        # First as a path of a source file, then as a path of a diagram, then as an address.
        source = join_path("", path.lstrip("/")) if path[0] == "/" else join_path(folder, path)
        if source is not None:
            found = self._by_path(source)
            if found:
                return found
        # Diagrams are outside the content folder, so their paths are compared from the root.
        from_root = f"{self.content_folder}/{folder}" if folder else self.content_folder
        from_root = join_path(from_root, path) or ""
        if from_root in self.diagrams:
            return Kind.DRAWING, self.diagrams[from_root]
        if from_root in self.lost:
            return Kind.LOST, ""
        base = "" if path[0] == "/" else folder_of(address)
        return self._by_address(join_path(base, path.lstrip("/")))

    def _by_path(self, path: str) -> tuple[Kind, str] | None:
        if path in self.pages:
            return Kind.PAGE, self.pages[path]
        if path in self.assets:
            return Kind.ASSET, path
        folder, _, name = path.rpartition("/")
        if folder == RECORDINGS_FOLDER and name in self.recordings:
            return Kind.RECORDING, name
        if path in self.drafts or path in self.lost:
            return (Kind.DRAFT if path in self.drafts else Kind.LOST), ""
        folder = path.rstrip("/")
        for name in INDEX_NAMES:
            index = f"{folder}/{name}" if folder else name
            if index in self.pages:
                return Kind.PAGE, self.pages[index]
        return None

    def _by_address(self, address: str | None) -> tuple[Kind, str]:
        if address is None:
            return Kind.MISSING, ""
        plain = address.removesuffix("index.html") if address.endswith("index.html") else address
        # Authors write `guide` as well as `guide/`.
        for candidate in (plain, plain + "/"):
            if candidate in self.addresses:
                return Kind.PAGE, candidate
        if address in self.others:
            return Kind.OTHER, address
        return (Kind.ASSET, address) if address in self.assets else (Kind.MISSING, "")

    def resolve_in_diagram(self, written: str, diagram: str) -> Resolved:
        """Return the target of a link in a drawing.

        Paths are relative to the diagram, or else to the content folder.
        """
        parts = split_url(written)
        path = join_path(diagram.rpartition("/")[0], parts.path) if parts else None
        inside = f"{self.content_folder}/"
        if parts and path is not None and path.startswith(inside) and not _SCHEME.match(written):
            tail = written[len(parts.path) :]
            return self.resolve(f"/{path.removeprefix(inside)}{tail}", "", "")
        return self.resolve(written, "", "")

    def suggest(self, path: str, folder: str) -> str:
        """Return `did you mean …?` for a missing path, or an empty text without a suggestion."""
        # Cached, because a wrong link is often repeated and guessing is slow.
        if (path, folder) not in self._guesses:
            self._guesses[path, folder] = self._guess(path, folder)
        return self._guesses[path, folder]

    @cached_property
    def _guesses(self) -> dict[tuple[str, str], str]:
        return {}

    def _guess(self, path: str, folder: str) -> str:
        encoded, near = encode_path(path), self._near
        inside = join_path("" if path.startswith("/") else folder, path.lstrip("/"))
        inside = path.replace("../", "").lstrip("/") if inside is None else inside
        if path.lower().endswith((".html", "/")):
            stem = inside.removesuffix("index.html").removesuffix(".html").rstrip("/")
            if f"{stem}.md" in self.pages:
                return f"did you mean `{self._written(f'{stem}.md', folder)}`?"
        # A file of the same name elsewhere was probably moved.
        moved = near.by_name.get(inside.rsplit("/", 1)[-1], ())
        if len(moved) == 1:
            return f"did you mean `{self._written(moved[0], folder)}`?"
        known = dict.fromkeys(self._written(found, folder) for found in near.near(inside))
        return did_you_mean(encoded, known, cutoff=0.7)

    @cached_property
    def _near(self) -> NearPaths:
        return NearPaths({*self.pages, *self.assets})

    @staticmethod
    def _written(path: str, folder: str) -> str:
        """Return a path in the content folder as a page in a folder writes it."""
        return relative_href(folder + "/" if folder else "", path)


def make_targets(
    config: Config,
    content: Content,
    diagrams: dict[str, str],
    lost: frozenset[str],
    recordings: frozenset[str],
    others: frozenset[str],
) -> Targets:
    """Return the targets of links.

    Args:
        config: the site's settings.
        content: its pages and assets.
        diagrams: path of each diagram relative to the root → the diagram's name.
        lost: paths of diagrams that could not be drawn.
        recordings: names of the recordings.
        others: addresses of the files that the build generates.
    """
    pages = {page.path: page.address for page in content.pages}
    base = split_url(config.url)
    return Targets(
        pages=pages,
        assets=frozenset(asset.path for asset in content.assets),
        diagrams=diagrams,
        content_folder=config.content.as_posix(),
        drafts=frozenset(page.path for page in content.drafts),
        lost=content.lost | lost,
        others=others,
        addresses=frozenset(pages.values()),
        recordings=recordings,
        base=base.path if base and base.path else "/",
        url=config.url,
    )
