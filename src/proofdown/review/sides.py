"""The two sides of a review: each a tree with its site, built as far as it can be."""

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


class Side(Struct, frozen=True):
    """One side of a review."""

    label: str
    """What it is, for readers: `main (0123456789)`, `the working tree`."""
    subject: str
    """What its author says of it; empty where nobody says anything."""
    root: Path
    build: Build | None = None
    """None where there is nothing to build from."""
    stop: Diagnostic | None = None
    """Why there is no build."""
    unseen: tuple[Unseen, ...] = ()
    """What of the tree is not there as readers would get it."""


@contextmanager
def built_sides(
    folder: Path, options: ReviewOptions, progress: Progress
) -> Iterator[tuple[Side, Side]]:
    """Give the two sides, built; their copies are there until the block is left.

    Raises:
        SiteError: there is no such site, revision or patch.
    """
    root, patches = _site_root(folder), load_patches(options.patch) if options.patch else ()
    repository = find_repository(root)
    base = repository.revision(options.base or "HEAD")
    other = repository.revision(options.to) if options.to else None
    if options.is_from_merge_base:
        base = replace(repository.merge_base(base, other), name=options.base)
    with ScratchFolder("proofdown-review-") as name, _own_modules():
        copies = _Copies(repository, root, Path(name), is_cached=not (other or patches))
        before = copies.of_revision(base, "before")
        if patches:
            after = copies.of_patches(patches, other or base)
        elif other:
            after = copies.of_revision(other, "after")
        else:
            after = Side("the working tree", f"on {repository.head()}", root)
        if options.patch and not options.is_trusted:
            trees = (copies.tree(before, "before"), copies.tree(after, "after"))
            _refuse_code(*trees, options.patch)
        # The copy is built first: what the cache keeps at the end is then the working tree's.
        cache_root = copies.cache_root
        with hold_cache(
            cache_root
        ):  # whatever keeps it from being used keeps both sides from being built
            pass
        before = _built(before, root, cache_root, _named(progress, "before"))
        after = _built(after, root, cache_root, _named(progress, "after"))
        yield before, after


def _site_root(folder: Path) -> Path:
    """Return the root of the site; a folder that will be one only on the other side will do."""
    try:
        return find_root(folder)
    except SiteError:
        if not folder.is_dir():
            raise
        return folder.resolve()


class _Copies:
    """Copies of revisions below one scratch folder."""

    def __init__(
        self, repository: Repository, root: Path, scratch: Path, *, is_cached: bool
    ) -> None:
        self.repository, self.root, self.scratch = repository, root, scratch
        # A review of two revisions does not build the working tree, and leaves nothing in it.
        is_there = (root / STATE_FOLDER).is_dir()
        self.cache_root = root if is_there or is_cached else scratch
        """The folder with the cache that both sides share: what is kept is known by its input."""
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
        return Side(revision.label, revision.subject, root, unseen=here)

    def of_patches(self, patches: tuple[Patch, ...], revision: Revision) -> Side:
        """Return a side with the files of a revision and patches over them."""
        side = self.of_revision(revision, "after")
        apply_patches(patches, self.scratch / "after", self.repository)
        root = self._root(self.scratch / "after")
        count = f"{len(patches)} patches" if len(patches) > 1 else "the patch"
        label = f"{revision.label} with {count}"
        return replace(side, label=label, subject=patches[0].subject, root=root)

    def tree(self, side: Side, name: str) -> Tree:
        """Return the copy of a side, to find in it what runs."""
        top, root = (self.scratch / name).resolve(), side.root.resolve()
        here = Path.cwd()
        start = root / here.relative_to(self.root) if here.is_relative_to(self.root) else root
        return Tree(top, root, start if start.is_dir() else root, self.repository.tree.top)

    def _root(self, folder: Path) -> Path:
        """Return the site's root in a copy.

        What a revision has in the place of the root to lead out of the copy is a trap.
        """
        root = folder / self.repository.prefix
        if not root.is_dir() or root.resolve() != folder.resolve() / self.repository.prefix:
            return folder / STATE_FOLDER / "nowhere"
        return root


def _built(side: Side, root: Path, cache_root: Path, progress: Progress) -> Side:
    """Return a side with its site built, or with the reason why there is none.

    Paths in settings may start from the folder that a build is started in, so that the copy is
    built from the same place in it.

    Args:
        side: what to build.
        root: the site's root in the working tree.
        cache_root: the folder that has the cache.
        progress: told how far it is.
    """
    if not (side.root / SETTINGS_FILE).is_file():
        message = f"there is no `{SETTINGS_FILE}` in {side.label}"
        return replace(side, stop=Diagnostic("missing-settings", message, Location(SETTINGS_FILE)))
    here = Path.cwd()
    below = here.relative_to(root) if here.is_relative_to(root) else Path()
    start = side.root / below
    try:
        with (
            chdir(start if start.is_dir() else side.root),
            open_cache(cache_root, CACHE_FOLDER, prunes=False) as cache,
        ):
            return replace(side, build=build_site(side.root.resolve(), progress, cache))
    except SiteError as stop:
        return replace(side, stop=stop.diagnostic)


def _named(progress: Progress, side: str) -> Progress:
    return lambda what, done, total: progress(f"{side}: {what}", done, total)


def _refuse_code(before: Tree, after: Tree, patch: Path) -> None:
    """Refuse a patch that changes what runs as code when a site is built.

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
    """Keep Python from finding modules in a copy, when that is the current folder."""
    before = sys.path[:]
    sys.path[:] = [str(Path(folder).absolute()) for folder in before]
    try:
        yield
    finally:
        sys.path[:] = before
