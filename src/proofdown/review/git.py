"""Resolve revisions and copy their files to a folder, without changing the repository.

Files are checked out by a second, empty repository that borrows the objects of the first but has
neither its settings nor its index. So no filter runs, and the index, branches, list of work trees
and work tree stay byte for byte the same, even if a run is killed halfway.
"""

from pathlib import Path

from msgspec import Struct

from proofdown.diagnostics import Diagnostic, SiteError
from proofdown.runtime.git import GitError, WorkTree, find_work_tree, make_scratch, read_git
from proofdown.source import Location

_FETCH_FIRST = (
    "this is a partial clone, and a review fetches nothing: get its files first, as with "
    "`git fetch --refetch --no-filter`"
)
_LFS_POINTER = b"version https://git-lfs.github.com/spec/"


class RevisionError(SiteError):
    """The revision or the repository does not exist."""


class Revision(Struct, frozen=True):
    """A commit, and the name that the user gave for it."""

    name: str
    """The name that the user gave: `main`, `HEAD~2`."""
    commit: str
    """Its full hash."""
    subject: str
    """First line of its message."""

    @property
    def label(self) -> str:
        """How reports call it."""
        # A revision given as a hash is printed once, not as `0123456 (0123456789)`.
        short = self.commit[:10]
        return short if self.commit.startswith(self.name) else f"{self.name} ({short})"


class Unseen(Struct, frozen=True):
    """A file of a revision that its copy lacks, or has in another form than readers would get."""

    path: str
    """Path from the top of the repository."""
    reason: str
    """`submodule` or `LFS pointer`."""


class Repository(Struct, frozen=True):
    """The repository that a site is in."""

    tree: WorkTree
    prefix: str
    """Path of the site's root below the top, ending with a `/`; empty if it is the top."""

    def git(self, *arguments: str) -> str:
        """Run a Git command and return its output.

        Raises:
            GitError: it fails.
        """
        return read_git(self.tree, *arguments).decode("utf-8", "replace")

    def revision(self, name: str) -> Revision:
        """Return the commit that a name refers to.

        Raises:
            RevisionError: there is no such commit.
        """
        try:
            wanted = f"{name}^{{commit}}"  # peels annotated tags
            # Without `--end-of-options`, a name such as `--all` would be an option.
            commit = self.git("rev-parse", "--verify", "--quiet", "--end-of-options", wanted)
            # The final `--` keeps Git from taking the hash for the name of a file.
            subject = self.git("log", "-1", "--no-patch", "--format=%s", commit.strip(), "--")
        except GitError:
            help_ = self._hint(name)
            message = f"there is no revision `{name}` in this repository"
            raise RevisionError(
                Diagnostic("missing-revision", message, Location(""), help_)
            ) from None
        return Revision(name, commit.strip(), subject.strip())

    def merge_base(self, one: Revision, other: Revision | None) -> Revision:
        """Return the merge base of two commits; None as the second means `HEAD`.

        Raises:
            RevisionError: they have no common ancestor.
        """
        end = other.commit if other else "HEAD"
        try:
            commit = self.git("merge-base", one.commit, end).strip()
        except GitError:
            message = f"`{one.name}` and `{other.name if other else end}` have no commit in common"
            help_ = "fetch the whole history, as with `git fetch --unshallow`"
            raise RevisionError(
                Diagnostic("missing-revision", message, Location(""), help_)
            ) from None
        return self.revision(commit)

    def head(self) -> str:
        """Return the short hash of the current commit, or an empty string if there is none yet."""
        try:
            return self.git("rev-parse", "--verify", "--quiet", "HEAD").strip()[:10]
        except GitError:
            return ""

    def copy(self, revision: Revision, folder: Path) -> tuple[Unseen, ...]:
        """Write the files of a revision to an empty folder; return those that it lacks.

        Raises:
            RevisionError: Git fails, for instance on a full disk or in a partial clone.
        """
        try:
            copy = self._scratch(folder)
            read_git(copy, "read-tree", revision.commit)
            read_git(copy, "checkout-index", "--all", "--force")
            listed = read_git(copy, "ls-tree", "-r", "-z", "--full-tree", revision.commit)
        except (GitError, OSError) as fault:
            reason = str(fault).splitlines()[0]
            message = f"the files of {revision.label} cannot be copied: {reason}"
            help_ = _FETCH_FIRST if self._is_partial() else ""
            raise RevisionError(
                Diagnostic("missing-revision", message, Location(""), help_)
            ) from None
        lines = listed.decode("utf-8", "replace").split("\0")
        # Mode 160000 is a commit of another repository, of which this one has no files.
        submodules = [line for line in lines if line.startswith("160000 ")]
        return (
            *(Unseen(line.partition("\t")[2], "submodule") for line in submodules),
            *(Unseen(path, "LFS pointer") for path in _pointers(folder / self.prefix, folder)),
        )

    def has_blob(self, blob: str) -> bool:
        """Return whether the repository has a blob with this abbreviated hash."""
        try:
            # `^{blob}` refuses an abbreviation that is the hash of a commit or a tree.
            self.git("cat-file", "-e", f"{blob}^{{blob}}")
        except GitError:
            return False
        return True

    def _scratch(self, folder: Path) -> WorkTree:
        """Return a folder as the work tree of an empty repository with the objects of this one."""
        # `--git-path`, because in a linked work tree the objects are in the main repository.
        printed = self.git("rev-parse", "--show-object-format", "--git-path", "objects")
        format_, _, objects = printed.rstrip("\n").partition("\n")
        tree = WorkTree(folder, folder.with_name(f"{folder.name}.git"))
        return make_scratch(tree, (self.tree.top / objects).resolve(), format_)

    def _is_partial(self) -> bool:
        """Return whether this is a partial clone, which fetches files on demand."""
        try:
            return bool(self.git("config", "--get-regexp", r"^remote\..*\.promisor$"))
        except GitError:
            return False

    def _hint(self, name: str) -> str:
        """Return a hint for a revision that does not exist."""
        # `main..topic` and `main...topic` are ranges; a review takes two revisions.
        if ".." in name:
            return "name one revision, and the other with `--to`; `--merge-base` is like `...`"
        try:
            is_shallow = self.git("rev-parse", "--is-shallow-repository").strip() == "true"
            names = self.git("for-each-ref", "--format=%(refname:short)").split()
        except GitError:
            return ""
        if is_shallow:
            return "this clone is shallow: fetch the whole history, in CI with `fetch-depth: 0`"
        remote = next((known for known in names if known.endswith(f"/{name}")), "")
        return f"there is a `{remote}`" if remote else "`git log` and `git branch --all` list them"


def find_repository(root: Path) -> Repository:
    """Return the repository that a site's root is in.

    Raises:
        RevisionError: it is in none, Git is missing, or Git refuses to read it.
    """
    reason = f"there is no `.git` in {root} or above"
    try:
        tree = find_work_tree(root)
    except GitError as fault:
        tree, reason = None, str(fault)
    if tree is None:
        message = f"the site is not in a Git repository that can be read: {reason}"
        help_ = "`proofdown review` compares with a revision of it"
        location = Location("")
        raise RevisionError(Diagnostic("missing-revision", message, location, help_))
    below = root.resolve().relative_to(tree.top).as_posix()
    return Repository(tree, "" if below == "." else f"{below}/")


def _pointers(root: Path, top: Path) -> list[str]:
    """Return the files of a site that are Git LFS pointers rather than the real files."""
    found = []
    for file in sorted(root.rglob("*")) if root.is_dir() else ():
        # By its specification, a pointer file has less than 1,024 bytes.
        if file.is_symlink() or not file.is_file() or file.stat().st_size > 1024:
            continue
        if file.read_bytes().startswith(_LFS_POINTER):
            found.append(file.relative_to(top).as_posix())
    return found
