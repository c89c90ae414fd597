"""Publish to a branch of a Git repository, with plumbing commands only.

The new commit is made in a scratch repository on top of the remote branch's tip, and pushed only if
that is still the tip. The site's own repository, with its work tree, index and branches, is never
written to. Its configuration is read, so that remotes, credential helpers and proxies are those of
any other `git push`.

A push to a local folder runs the hooks of the repository there. So a folder inside the site's own
tree is refused as a remote unless it is the top of a work tree.
"""

import os
import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from time import time
from types import TracebackType
from typing import BinaryIO

from proofdown.config.model import Config
from proofdown.config.publish import GitTarget
from proofdown.diagnostics import SiteError
from proofdown.publish.hosts.git_blobs import blob_name, quoted, split_batch
from proofdown.publish.hosts.git_locks import LOCK_HELP, held_lock, push_when_free
from proofdown.publish.hosts.protocol import (
    LARGEST_RECORD,
    Change,
    Undo,
    changed_elsewhere,
    failed,
    reporting_scratch_errors,
    too_large,
)
from proofdown.publish.plan.contents import FileContent, changed, check, stamp
from proofdown.publish.plan.plan import CurrentState, DesiredState, Entry
from proofdown.runtime.git import (
    GitError,
    WorkTree,
    find_work_tree,
    local_git_dir,
    make_scratch,
    publish_git,
    read_git,
    settings_of,
)
from proofdown.runtime.system.programs import ProgramResult
from proofdown.runtime.system.scratch import ScratchFolder
from proofdown.source import Location

TRAILER = "Published-by: Proofdown"
"""Last line of the commit messages of publishes, by which a rollback recognizes them."""
_TIP = "refs/published/tip"
_NEW = "refs/published/new"
_HISTORY_DEPTH = 200
"""Commits to fetch for a rollback."""
_REMOTE_NAME = re.compile(r"(?!\.\.?$)[^/:]*")
"""A remote that is neither path nor URL, so no folder of the site can be taken for it."""
_REMOTE_URL = re.compile(r"[^/]*:")
"""A prefix that git takes for a URL or the host of `host:path`, whatever folders exist."""
_SECRET_IN_URL = re.compile(r"(://)\S*@")


class GitHost:
    """A branch of a repository."""

    def __init__(self, target: GitTarget, config: Config, location: Location) -> None:
        self.where = f"the branch {target.branch} of {shown_remote(target.remote)}"
        self.target, self.root, self.location = target, config.root, location
        self.tip = ""
        self._repository: WorkTree | None = None
        self._settings: Path | None = None
        self._unread = ""

    def __enter__(self) -> "GitHost":
        self._scratch_folder = ScratchFolder("proofdown-git-")
        try:
            with reporting_scratch_errors(self.location):
                self._open(Path(self._scratch_folder.name))
            self._fetch(1)
        except BaseException:
            self._scratch_folder.cleanup()
            raise
        return self

    def _open(self, folder: Path) -> None:
        """Make the scratch repository, and find the site's one, whose configuration is used."""
        format_ = "sha1"
        try:
            self._repository = find_work_tree(self.root)
            if self._repository:
                self._settings = settings_of(self._repository)
                format_ = (
                    read_git(self._repository, "rev-parse", "--show-object-format").decode().strip()
                )
        except GitError as fault:  # not fatal: a remote that is a URL works without it
            self._repository = None
            self._unread = f"the site's repository cannot be read: {fault}"
        top = self._repository.top if self._repository else self.root
        self._scratch = make_scratch(WorkTree(top, folder / "scratch.git"), format_=format_)

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._scratch_folder.cleanup()

    def load(self, paths: Iterable[str]) -> dict[str, bytes]:
        """Return the contents of small files, without those that do not exist."""
        blobs = self._tree(self.tip)
        names = {path: blobs[path][1] for path in paths if path in blobs}
        for path, size in self._sizes(names).items():
            if size > LARGEST_RECORD:
                raise too_large(self.where, path, self.location)
        return self._contents(names)

    def inspect(self, desired: DesiredState) -> CurrentState:
        """Return the files on the branch, compared with the desired ones by Git's hashes."""
        blobs = self._tree(self.tip)
        same = {
            path
            for path, data in desired.files.items()
            if path in blobs and blobs[path] == ("100644", blob_name(data, blobs[path][1]))
        }
        others = self._export_blobs(one[1] for path, one in blobs.items() if path not in same)
        entries = {}
        for path, (_, name) in blobs.items():
            known = stamp(desired.files[path] if path in same else others.get(name, b""))
            entries[path] = Entry(size=known.size, is_current=path in same, sha256=known.sha256)
        return CurrentState(entries, self.tip)

    def apply(self, change: Change) -> None:
        """Commit on top of the known tip, and push if that is still the tip."""
        stream = self._stream(change, self._store(change))
        self._run("fast-import", "--quiet", "--force", data=stream)
        new = self._run("rev-parse", "--verify", _NEW).strip().decode()
        branch = f"refs/heads/{self.target.branch}"
        lease = f"--force-with-lease={branch}:{change.revision}"
        output = push_when_free(lambda: self._push(lease, f"{new}:{branch}"), self._folder)
        if not output:
            return
        if lock := held_lock(output):
            raise failed(self.where, f"git holds `{lock}` there", self.location, LOCK_HELP)
        # The lease failed, the branch is not a fast-forward, or another push moved it just now.
        if "stale info" in output or "fetch first" in output or "cannot lock ref" in output:
            raise changed_elsewhere(self.where, self.location)
        raise self._failed(output)

    def _push(self, lease: str, what: str) -> str:
        """Push; return the error output of git, or an empty string on success."""
        options = ("--quiet", "--no-verify", "--porcelain", lease)
        done = self._start("push", *options, "--", self._remote, what)
        if done.exit_code == 0:
            return ""
        # Both: `--porcelain` prints rejected refs to stdout.
        return (done.output + done.errors).decode(errors="replace") or "git push failed"

    def undo(self) -> Undo | None:
        """Return how to restore the tree before the last commit, if that was a publish."""
        if not self.tip:
            return None
        self._fetch(_HISTORY_DEPTH)
        # Separated by NUL, which a commit message cannot contain.
        log = self._run("log", "--first-parent", "--format=%H%x00%B%x00%x00", self.tip).decode()
        commits = [one.strip("\n").partition("\0") for one in log.split("\0\0") if one.strip()]
        # Someone else's commit is on top, and a rollback would undo that one.
        if len(commits) < 2 or TRAILER not in commits[0][2]:
            return None
        before, now = self._tree(commits[1][0]), self._tree(self.tip)
        back = {path: one[1] for path, one in before.items() if now.get(path) != one}
        fetched = self._export_blobs(back.values())
        files = {path: fetched[name] for path, name in back.items() if name in fetched}
        return Undo(files, frozenset(now.keys() - before.keys()), self.tip)

    @property
    def _remote(self) -> str:
        """The remote as it is passed to git."""
        return str(self._folder or self.target.remote)

    @cached_property
    def _folder(self) -> Path | None:
        """The folder of the remote if it is local, or None.

        Raises:
            SiteError: there is no such remote, or it is a folder inside the site's own tree.
        """
        remote = self.target.remote
        if self._start("config", "--get-all", f"remote.{remote}.url").output:
            return None
        if _REMOTE_NAME.fullmatch(remote):
            help_ = "`git remote` lists the remotes; a path begins with `./`, `../` or `/`"
            help_ = self._unread or help_
            raise failed(self.where, f"there is no remote `{remote}`", self.location, help_)
        if _REMOTE_URL.match(remote):
            return None
        try:
            found = local_git_dir(self.root / remote)
        except GitError as fault:
            raise self._failed(str(fault)) from None
        if found is None:
            raise failed(self.where, "there is no repository in this folder", self.location)
        top = self._scratch.top
        if found.is_relative_to(top) and ".git" not in found.relative_to(top).parts:
            # Its hooks would run with the rights and credentials of this run.
            reason = "it is inside the site's own tree, so anyone who edits the site can change it"
            raise failed(self.where, reason, self.location, "put the repository elsewhere")
        return found

    def _fetch(self, depth: int) -> None:
        """Fetch the tip of the branch, with this many commits of its history."""
        branch = f"refs/heads/{self.target.branch}"
        # `fetch` fails for a branch that does not exist yet, so the branch is looked up first.
        listed = self._run("ls-remote", "--", self._remote, branch).decode().split()
        self.tip = listed[0] if listed else ""
        if self.tip:
            options = ("--quiet", "--no-tags", "--no-write-fetch-head", f"--depth={depth}")
            self._run("fetch", *options, "--", self._remote, f"+{branch}:{_TIP}")
            self.tip = self._run("rev-parse", "--verify", _TIP).strip().decode()

    def _tree(self, commit: str) -> dict[str, tuple[str, str]]:
        """Return the mode and blob of every file of a commit."""
        if not commit:
            return {}
        found = {}
        # `-z`, because Git quotes unusual paths otherwise.
        for line in self._run("ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0"):
            if line:
                head, _, path = line.partition(b"\t")
                mode, _, name = head.decode().split()
                found[os.fsdecode(path)] = (mode, name)
        return found

    def _sizes(self, blobs: dict[str, str]) -> dict[str, int]:
        listed = "".join(f"{name}\n" for name in blobs.values()).encode()
        lines = self._run("cat-file", "--batch-check=%(objectsize)", data=listed).splitlines()
        return {p: int(size) for p, size in zip(blobs, lines, strict=True) if size.isdigit()}

    def _export_blobs(self, names: Iterable[str]) -> dict[str, FileContent]:
        """Return blobs by name, as files that exist until the host is closed."""
        unique = [*dict.fromkeys(names)]
        folder = Path(self._scratch_folder.name)
        listed = "".join(f"{name}\n" for name in unique).encode()
        with reporting_scratch_errors(self.location), (folder / "blobs").open("w+b") as file:
            self._run("cat-file", "--batch", data=listed, into=file)
            file.seek(0)
            return split_batch(file, unique, folder, self.location)

    def _contents(self, blobs: dict[str, str]) -> dict[str, bytes]:
        names = list(dict.fromkeys(blobs.values()))
        output = self._run("cat-file", "--batch", data="".join(f"{n}\n" for n in names).encode())
        found, at = {}, 0
        for name in names:
            end = output.index(b"\n", at)
            words = output[at:end].split()
            at = end + 1
            if len(words) == 3:
                size = int(words[2])
                found[name] = output[at : at + size]
                at += size + 1
        return {path: found[name] for path, name in blobs.items() if name in found}

    def _store(self, change: Change) -> dict[str, bytes]:
        """Write the local files of a change to the scratch repository; return the blobs by path.

        Git reads the files itself, so they need not fit into memory.

        Raises:
            SiteError: one has changed since it was checked.
        """
        paths = (*change.plan.added, *change.plan.changed)
        files = {p: one for p in paths if isinstance(one := change.files[p], FileContent)}
        if not files:
            return {}
        for content in files.values():
            check(content)  # because git would wait forever if the file is a pipe by now
        listed = b"".join(quoted(str(one.path.absolute())) + b"\n" for one in files.values())
        # `--no-filters`, because no `.gitattributes` may change what was checked.
        options = ("-w", "--no-filters", "--stdin-paths")
        names = self._run("hash-object", *options, data=listed).split()
        # Git read the files after the check above, so its hashes are checked again.
        for content, name in zip(files.values(), names, strict=True):
            if blob_name(content, name.decode()) != name.decode():
                raise changed(content.location.path)
        return dict(zip(files, names, strict=True))

    def _stream(self, change: Change, stored: Mapping[str, bytes]) -> bytes:
        """Return the commit as input of `git fast-import`."""
        text = self._message(change.title).encode()
        head = b"commit %s\ncommitter %s\ndata %d\n%s\n"
        parts = [head % (_NEW.encode(), self._committer(), len(text), text)]
        if change.revision:
            parts.append(f"from {change.revision}\n".encode())
        parts += [b"D %s\n" % quoted(path) for path in change.plan.deleted]
        for path in (*change.plan.added, *change.plan.changed):
            data = change.files[path]
            if path in stored:
                parts.append(b"M 100644 %s %s\n" % (stored[path], quoted(path)))
            if not isinstance(data, bytes):
                continue
            parts.append(b"M 100644 inline %s\ndata %d\n" % (quoted(path), len(data)))
            parts += [data, b"\n"]
        return b"".join(parts)

    def _message(self, title: str) -> str:
        """Return the commit message, which names the commit that the site was built from."""
        try:
            head = (
                read_git(self._repository, "rev-parse", "HEAD").decode().strip()
                if self._repository
                else ""
            )
        except GitError:  # before the first commit
            head = ""
        built = f"Built from {head}\n" if head else ""
        return f"{title}\n\n{built}{TRAILER}\n"

    def _committer(self) -> bytes:
        """Return the committer of Git's configuration, or Proofdown itself if there is none."""
        known = self._start("var", "GIT_COMMITTER_IDENT")
        if known.exit_code == 0:
            return known.output.strip()
        return f"Proofdown <proofdown@localhost> {int(time())} +0000".encode()

    def _run(self, *arguments: str, data: bytes = b"", into: BinaryIO | None = None) -> bytes:
        done = self._start(*arguments, data=data, into=into)
        if done.exit_code != 0:
            raise self._failed(done.errors.decode(errors="replace"))
        return done.output

    def _start(
        self, *arguments: str, data: bytes = b"", into: BinaryIO | None = None
    ) -> ProgramResult:
        try:
            return publish_git(self._scratch, self._settings, *arguments, given=data, into=into)
        except GitError as fault:
            raise self._failed(str(fault)) from None

    def _failed(self, output: str) -> SiteError:
        lines = [line for line in without_passwords(output).splitlines() if line.strip()]
        return failed(self.where, "; ".join(lines[:6]), self.location)


def shown_remote(remote: str) -> str:
    """Return a remote without passwords, to print."""
    return without_passwords(remote)


def without_passwords(text: str) -> str:
    """Remove the user name and password from all URLs in a text."""
    return _SECRET_IN_URL.sub(r"\1", text)
