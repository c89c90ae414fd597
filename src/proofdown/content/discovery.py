"""Find the sources of a site: pages, the claims beside them, and assets."""

import os
import posixpath
import stat
from functools import cached_property
from pathlib import Path

from msgspec import Struct

from proofdown.addresses import DEEPEST_FOLDER, fault_of_file, output_path, page_address
from proofdown.config.model import Config
from proofdown.content.frontmatter import FrontMatter, read_front_matter, split_head
from proofdown.diagnostics import Diagnostic, Report, SiteError, reason_of
from proofdown.digests import Stamp, checksum, file_checksum, find_stamp
from proofdown.files import fault_of_link, is_left_out, load_source, read_inside
from proofdown.source import Location, Source, printable, relative_path

CLAIMS_SUFFIX = ".claims.yml"
RECORDINGS_FOLDER = "recordings"
"""Folder below the content folder that contains what real tools printed."""


class Page(Struct, frozen=True, dict=True, eq=False, kw_only=True):
    """A Markdown file that becomes one HTML file."""

    source: Source
    path: str
    """Path relative to the content folder."""
    front: FrontMatter
    body_start: int
    """Offset in the source at which the Markdown starts."""

    @cached_property
    def address(self) -> str:
        """Address of the page in the site."""
        return page_address(self.path)

    @property
    def output(self) -> str:
        """Path of the page's HTML in the output folder."""
        return output_path(self.address)

    @cached_property
    def body(self) -> str:
        """The Markdown, without the front matter."""
        return self.source.text[self.body_start :]

    def release(self) -> None:
        """Free the text, if it can be loaded again."""
        self.__dict__.pop("body", None)
        self.source.release()

    @property
    def folder(self) -> str:
        """Folder of the page in the content folder, which its links are relative to."""
        return posixpath.dirname(self.path)


class Asset(Struct, eq=False, kw_only=True):
    """A file that is copied as it is; its address is its path in the content folder.

    It records the checksum of what checks read, because what is published must be what was
    checked.
    """

    path: str
    file: Path
    location: Location
    stamp: Stamp | None
    """The file's stamp when it was found; None if it was gone by then."""
    seen_checksum: str = ""
    """SHA-256 of what checks read; empty if no check read it."""
    is_unread: bool = False
    """Whether a check failed to read it; this may be temporary, so the build is provisional."""

    def load(self, root: Path) -> bytes:
        """Return the file's bytes for a check.

        Raises:
            OSError: it cannot be read, leads out of the site, or is too large for a text.
            SiteError: it was changed after another check read it.
        """
        try:
            data = read_inside(self.file, root)
        except OSError:
            self.is_unread = True
            raise
        self._remember(checksum(data))
        return data

    def hash(self) -> str:
        """Return the SHA-256 of the file, for a check to compare.

        Raises:
            SiteError: it cannot be read, or was changed after another check read it.
        """
        try:
            found = file_checksum(self.file)
        except OSError as fault:
            raise unreadable(self.location, fault) from fault
        self._remember(found)
        return found

    def _remember(self, found: str) -> None:
        if self.seen_checksum not in ("", found):
            raise changed_meanwhile(self.location)
        self.seen_checksum = found


def unreadable(location: Location, fault: OSError) -> SiteError:
    """Return the error for a file that was found when the build began but cannot be read."""
    message = f"cannot be read: {reason_of(fault)}"
    return SiteError(Diagnostic("unreadable-file", message, location))


def changed_meanwhile(location: Location) -> SiteError:
    """Return the error for a file that was changed after a check read it."""
    message = f"`{location.path}` was changed while the site was built"
    help_ = "run it again: only what was checked is written or published"
    return SiteError(Diagnostic("changed-meanwhile", message, location, help_))


class PageFile(Struct, frozen=True):
    """A Markdown file that has not been read yet."""

    path: str
    """Path relative to the content folder."""
    file: Path
    shown: str
    """Its path as diagnostics show it."""


class Found(Struct, frozen=True, kw_only=True):
    """The files of the content folder, each tuple sorted by path."""

    pages: tuple[PageFile, ...]
    assets: tuple[Asset, ...]
    claims: tuple[Source, ...]
    lost: frozenset[str]
    """Paths of what could not be read."""


class Content(Struct, frozen=True, kw_only=True):
    """The contents of the content folder, each tuple sorted by path."""

    pages: tuple[Page, ...]
    drafts: tuple[Page, ...]
    assets: tuple[Asset, ...]
    claims: tuple[Source, ...]
    """Claims files; `flows.claims.yml` contains the second entries of `flows.md`."""
    lost: frozenset[str]
    """Paths of what could not be read. That is reported already, so links to it are not."""


def find_content(config: Config, report: Report) -> Found:
    """Return the files of a site's content folder.

    Files that cannot be read or that are outside the site are reported and left out.
    """
    walk = _Walk(config.root, config.root / config.content, report)
    pages: list[PageFile] = []
    claims: list[Source] = []
    assets: list[Asset] = []
    lost = walk.lost
    inside = config.content.as_posix() + "/"
    for path, file in sorted(walk.files()):
        if path.startswith(RECORDINGS_FOLDER + "/"):
            continue
        if path.endswith(".md"):
            pages.append(PageFile(path, file, inside + path))
        elif path.endswith(CLAIMS_SUFFIX):
            source = load_source(file, config.root, report)
            if source is None:
                lost.add(path)
            else:
                claims.append(source)
        else:
            location = Location(relative_path(file, config.root))
            stamp = find_stamp(file)
            assets.append(Asset(path=path, file=file, location=location, stamp=stamp))
    return Found(
        pages=tuple(pages), assets=tuple(assets), claims=tuple(claims), lost=frozenset(lost)
    )


def make_content(
    config: Config, found: Found, pages: tuple[Page, ...], lost: frozenset[str], report: Report
) -> Content:
    """Return the content of a site; report it if there are no pages.

    Args:
        config: the settings.
        found: the files.
        pages: the pages that could be read, including drafts.
        lost: the paths of those that could not.
        report: where problems go.
    """
    drafts = tuple(p for p in pages if p.front.is_draft)
    published = tuple(p for p in pages if not p.front.is_draft)
    lost |= found.lost
    # A page that could not be read is reported already, so "no pages" would mislead.
    if not published and not lost:
        message = "there are no pages in the content folder"
        help_ = f"write `{config.content.as_posix()}/index.md`, or name the folder in `folders:`"
        location = Location(config.content.as_posix())
        report.add(Diagnostic("no-pages", message, location, help_))
    shown = pages if config.with_drafts else published
    return Content(pages=shown, drafts=drafts, assets=found.assets, claims=found.claims, lost=lost)


def find_sources(
    config: Config, folder: Path, suffixes: tuple[str, ...], report: Report
) -> tuple[tuple[Source, ...], frozenset[str]]:
    """Return the texts of a folder, sorted by path, and the paths of those that cannot be read.

    The latter are reported.

    Args:
        config: the settings.
        folder: the folder, relative to the site's root.
        suffixes: the suffixes of the texts, which are dropped where they are published.
        report: where problems go.
    """
    walk = _Walk(config.root, config.root / folder, report, suffixes)
    files = [file for path, file in sorted(walk.files()) if path.endswith(suffixes)]
    read = {relative_path(f, config.root): load_source(f, config.root, report) for f in files}
    lost = {path for path, source in read.items() if source is None}
    lost |= {f"{folder.as_posix()}/{path}" for path in walk.lost}
    return tuple(source for source in read.values() if source), frozenset(lost)


def find_files(config: Config, folder: Path, report: Report) -> dict[str, Path]:
    """Return the usable files of a folder of the site, by their paths in it."""
    return dict(_Walk(config.root, folder, report).files())


def load_page(source: Source, path: str, report: Report) -> Page:
    """Return a page, reading its front matter."""
    head_start, head_end, body_start = split_head(source, report)
    front = read_front_matter(source, head_start, head_end, report)
    return Page(source=source, path=path, front=front, body_start=body_start)


def title_from_name(name: str) -> str:
    """Return a title derived from a file or folder name.

    >>> title_from_name("before-you_start.md")
    'Before you start'
    """
    words = name.removesuffix(".md").replace("-", " ").replace("_", " ").strip()
    return words[:1].upper() + words[1:]


class _Walk:
    """Walks a folder for regular files inside the site, except those that tools left behind."""

    def __init__(
        self, root: Path, folder: Path, report: Report, suffixes: tuple[str, ...] = (".md",)
    ) -> None:
        self.root, self.folder, self.report, self.suffixes = root, folder, report, suffixes
        self.lost: set[str] = set()
        """Paths in the folder of what could not be read; these are reported."""

    def files(self) -> list[tuple[str, Path]]:
        """Return (path in the folder, file) for each file."""
        found: list[tuple[str, Path]] = []
        real = self.folder.resolve()
        if real != self.folder and (fault := fault_of_link(self.folder, self.root)):
            self._refuse(self.folder, fault)
        else:
            self._walk(self.folder, "", found, (real,))
        return found

    def _walk(
        self, folder: Path, prefix: str, found: list[tuple[str, Path]], above: tuple[Path, ...]
    ) -> None:
        try:
            entries = sorted(os.scandir(folder), key=lambda e: e.name)
        except OSError as fault:
            if not os.path.lexists(folder):
                # A missing folder at the top counts as empty; one below it was removed meanwhile.
                if prefix:
                    self._refuse(folder, "is gone")
                return
            self._refuse(folder, f"cannot be read: {reason_of(fault)}")
            return
        for entry in entries:
            file = folder / entry.name
            if is_left_out(entry.name) or not self._is_usable(entry, file):
                continue
            if entry.is_dir():
                real = file.resolve()
                if len(above) > DEEPEST_FOLDER:
                    help_ = "move it up"
                    self._refuse(file, f"is more than {DEEPEST_FOLDER} folders deep", help_)
                elif real in above:  # a link to a folder around it would never end
                    self._refuse(file, "leads back to a folder that contains it")
                else:
                    self._walk(file, f"{prefix}{entry.name}/", found, (*above, real))
            else:
                found.append((prefix + entry.name, file))

    def _is_usable(self, entry: os.DirEntry[str], file: Path) -> bool:
        # Sliced, because `relative_to` is much slower and this runs for every file.
        if reason := fault_of_file(str(file)[len(str(self.folder)) + 1 :], self.suffixes):
            location = Location(relative_path(file.parent, self.root))
            message = f"the name `{printable(entry.name)}` cannot be an address"
            help_ = f"rename the file: {reason}"
            self.report.add(Diagnostic("unusable-name", message, location, help_))
            return False
        try:
            mode = entry.stat().st_mode  # of a link's target
        except OSError as fault:
            return self._refuse(file, f"cannot be read: {reason_of(fault)}")
        if entry.is_symlink() and (where := fault_of_link(file, self.root)):
            return self._refuse(file, where)
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            return self._refuse(file, "is neither a file nor a folder")
        return True

    def _refuse(self, file: Path, message: str, help_: str = "") -> bool:
        self.lost.add(file.relative_to(self.folder).as_posix())
        location = Location(relative_path(file, self.root))
        self.report.add(Diagnostic("unreadable-file", message, location, help_))
        return False
