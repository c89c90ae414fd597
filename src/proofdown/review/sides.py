"""Build the two sides of a review: copy each revision's files and build its site."""

import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager, suppress
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from proofdown.build.pipeline import Build, build_site
from proofdown.config.loader import find_root
from proofdown.config.root import SETTINGS_FILE
from proofdown.diagnostics import Diagnostic, SiteError
from proofdown.folders import open_below
from proofdown.review.git import Repository, Revision, Unseen, find_repository
from proofdown.review.options import ReviewOptions
from proofdown.review.patches import Patch, PatchError, apply_patches, load_patches
from proofdown.review.runnable import Tree, code_of
from proofdown.runtime.cache.build_cache import open_cache
from proofdown.runtime.cache.lock import CACHE_FOLDER, hold_cache
from proofdown.runtime.progress import Progress
from proofdown.runtime.system.scratch import ScratchFolder
from proofdown.source import Location

STATE_FOLDER = ".proofdown"


class Side(Struct, frozen=True, kw_only=True):
    """One side of a review."""

    label: str
    """How reports call it: `main (0123456789)`, `the working tree`."""
    subject: str
    """Subject of its commit or patch; empty if there is none."""
    root: Path
    build: Build | None = None
    """None if the site could not be built."""
    stop: Diagnostic | None = None
    """Why there is no build."""
    unseen: tuple[Unseen, ...] = ()
    """Files that the copy lacks or has in another form than readers would get."""


@contextmanager
def built_sides(
    folder: Path, options: ReviewOptions, progress: Progress
) -> Iterator[tuple[Side, Side]]:
    """Yield the two sides, built. Their copies are removed at the end of the `with` block.

    Raises:
        SiteError: the site, a revision or the patch does not exist.
    """
    root, patches = _site_root(folder), load_patches(options.patch) if options.patch else ()
    repository = find_repository(root)
    base = repository.revision(options.base or "HEAD")
    other = repository.revision(options.to) if options.to else None
    if options.is_from_merge_base:
        # Reports keep the name that the user gave.
        base = replace(repository.merge_base(base, other), name=options.base)
    with ScratchFolder("proofdown-review-") as name, _own_modules():
        copies = _Copies(repository, root, Path(name), is_cached=not (other or patches))
        before = copies.of_revision(base, "before")
        if patches:
            after = copies.of_patches(patches, other or base)
        elif other:
            after = copies.of_revision(other, "after")
        else:
            subject = f"on {repository.head()}"
            after = Side(label="the working tree", subject=subject, root=root)
        # Refused before anything is built: templates and extensions run during a build.
        if options.patch and not options.is_trusted:
            trees = (copies.tree(before, "before"), copies.tree(after, "after"))
            _refuse_code(*trees, options.patch)
        cache_root = copies.cache_root
        with hold_cache(cache_root):  # an unusable cache is an error here, not one of each side
            pass
        # The copy is built first, so that the cache ends up with the entries of the working tree.
        before = _built(before, root, cache_root, _named(progress, "before"))
        after = _built(after, root, cache_root, _named(progress, "after"))
        yield before, after


def _site_root(folder: Path) -> Path:
    """Return the root of the site, or the folder itself if it has no settings."""
    try:  # a site that only the other side has, or had, can be reviewed as well
        return find_root(folder)
    except SiteError:
        if not folder.is_dir():
            raise
        return folder.resolve()


class _Copies:
    """Copies of revisions, below one temporary folder."""

    def __init__(
        self, repository: Repository, root: Path, scratch: Path, *, is_cached: bool
    ) -> None:
        self.repository, self.root, self.scratch = repository, root, scratch
        # A review of two revisions does not build the working tree, and must leave no trace in it.
        is_there = (root / STATE_FOLDER).is_dir()
        self.cache_root = root if is_there or is_cached else scratch
        """The folder with the cache. Both sides share it, because entries are keyed by inputs."""
        if is_cached and not is_there:
            with suppress(OSError), open_below(str(root), STATE_FOLDER, makes=True) as folder:
                folder.write(".gitignore", b"*\n")

    def of_revision(self, revision: Revision, name: str) -> Side:
        """Return a side with the files of a revision."""
        folder = self.scratch / name
        folder.mkdir()
        unseen = self.repository.copy(revision, folder)
        root = self._root(folder)
        prefix = self.repository.prefix
        here = tuple(u for u in unseen if u.path.startswith(prefix))
        return Side(label=revision.label, subject=revision.subject, root=root, unseen=here)

    def of_patches(self, patches: tuple[Patch, ...], revision: Revision) -> Side:
        """Return a side with the files of a revision, patched."""
        side = self.of_revision(revision, "after")
        apply_patches(patches, self.scratch / "after", self.repository)
        # Again, because the patch may have removed the site's root, or put a link in its place.
        root = self._root(self.scratch / "after")
        count = f"{len(patches)} patches" if len(patches) > 1 else "the patch"
        label = f"{revision.label} with {count}"
        return replace(side, label=label, subject=patches[0].subject, root=root)

    def tree(self, side: Side, name: str) -> Tree:
        """Return the copy of a side, in which to search for code that a build runs."""
        top, root = (self.scratch / name).resolve(), side.root.resolve()
        here = Path.cwd()
        start = root / here.relative_to(self.root) if here.is_relative_to(self.root) else root
        return Tree(
            top=top,
            root=root,
            start=start if start.is_dir() else root,
            own=self.repository.tree.top,
        )

    def _root(self, folder: Path) -> Path:
        """Return the site's root in a copy, or a path that does not exist if the copy has none."""
        root = folder / self.repository.prefix
        # A revision can have a symbolic link here, to make the build read files of the host.
        if not root.is_dir() or root.resolve() != folder.resolve() / self.repository.prefix:
            return folder / STATE_FOLDER / "nowhere"
        return root


def _built(side: Side, root: Path, cache_root: Path, progress: Progress) -> Side:
    """Return a side with its site built, or with the reason why it cannot be built.

    Args:
        side: the side to build.
        root: the site's root in the working tree.
        cache_root: the folder with the cache.
        progress: called to report progress.
    """
    if not (side.root / SETTINGS_FILE).is_file():
        message = f"there is no `{SETTINGS_FILE}` in {side.label}"
        return replace(side, stop=Diagnostic("missing-settings", message, Location(SETTINGS_FILE)))
    # Paths in settings may be relative to the current folder, so the copy is built from the folder
    # in it that corresponds to that.
    here = Path.cwd()
    below = here.relative_to(root) if here.is_relative_to(root) else Path()
    start = side.root / below
    try:
        with (
            chdir(start if start.is_dir() else side.root),
            # Pruning would remove the entries that only the other side uses.
            open_cache(cache_root, CACHE_FOLDER, prunes=False) as cache,
        ):
            return replace(side, build=build_site(side.root.resolve(), progress, cache))
    except SiteError as stop:
        return replace(side, stop=stop.diagnostic)


def _named(progress: Progress, side: str) -> Progress:
    return lambda what, done, total: progress(f"{side}: {what}", done, total)


def _refuse_code(before: Tree, after: Tree, patch: Path) -> None:
    """Refuse a patch that changes code that runs when the site is built.

    Raises:
        PatchError: it changes templates, the program that draws, or Markdown extensions.
    """
    first, second = code_of(before), code_of(after)
    changed = [name for name in {**first, **second} if first.get(name) != second.get(name)]
    if changed:
        message = f"the patch changes {changed[0]}, which runs as code when the site is built"
        help_ = "read it first; if you trust it, add `--trust`"
        raise PatchError(Diagnostic("failed-patch", message, Location(str(patch)), help_))


@contextmanager
def _own_modules() -> Iterator[None]:
    """Keep Python from importing modules from a copy when that is the current folder."""
    # An empty or relative entry of `sys.path` would follow `chdir` into the copy.
    before = sys.path[:]
    sys.path[:] = [str(Path(folder).absolute()) for folder in before]
    try:
        yield
    finally:
        sys.path[:] = before
