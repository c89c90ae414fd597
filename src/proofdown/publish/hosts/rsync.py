"""Publish to a folder of a host over SSH, with the system's rsync.

Only rsync is started on the host, so a restricted account is enough. Each file is replaced
atomically, because rsync writes it to a temporary folder first; the site as a whole is not.
"""

import os
import re
import shlex
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from types import TracebackType

from proofdown.config.publish import RsyncTarget
from proofdown.diagnostics import Diagnostic, SiteError, ToolError
from proofdown.publish.hosts.object_store import Object, ObjectHost
from proofdown.publish.hosts.protocol import (
    LARGEST_RECORD,
    failed,
    reporting_scratch_errors,
    too_large,
)
from proofdown.publish.plan.contents import Contents, FileContent, content_of, pieces, size_of
from proofdown.publish.plan.paths import STATE_FOLDER, is_safe_path
from proofdown.runtime.progress import Progress
from proofdown.runtime.system.programs import (
    BackgroundProgram,
    EndlessOutputError,
    ProgramResult,
    run_bounded,
    start_in_background,
)
from proofdown.runtime.system.scratch import ScratchFolder
from proofdown.source import Location

LONGEST_LISTING = 512 << 20
"""Limit of rsync's output in bytes: two million files with paths of 200 characters."""
_TEMPORARY = f"{STATE_FOLDER}on-the-way/"
"""Contains a temporary folder for each run; a killed run whose folder is removed cannot write."""
_STATE = STATE_FOLDER.rstrip("/")
_LINE = re.compile(r"([-dl])\S{9,10} +([\d,.]+) (\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) (.*)")
_NO_FOLDER = re.compile(r"change_dir .* failed: No such file|link_stat .* No such file")
_PATIENCE = 10
"""Seconds to wait for the shared connection; without it each call opens its own."""
_SOME_VANISHED = 24
"""Exit code of some rsync versions when a listed file does not exist locally."""


class RsyncHost(ObjectHost):
    """A folder on an SSH host."""

    def __init__(self, target: RsyncTarget, location: Location) -> None:
        self._folder = RsyncStore(target, location)
        super().__init__(self._folder)

    def __enter__(self) -> "RsyncHost":
        self._folder.open()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._folder.close()


class RsyncStore:
    """The files below a folder on an SSH host."""

    def __init__(self, target: RsyncTarget, location: Location) -> None:
        self.where = f"the folder {target.path} of {target.host}"
        self.location = location
        self._host = target.host
        self._address = f"{target.host}:{target.path}/"
        # rsync's own variable for the remote shell.
        shell = os.environ.get("RSYNC_RSH") or "ssh"
        self._shell = [*shlex.split(shell), *(["-p", str(target.port)] if target.port else [])]
        self._master: BackgroundProgram | None = None
        self._folders: set[str] = set()
        self._temporary, self._is_begun = _TEMPORARY, False
        self._numbers, self._is_new = count(), False

    def open(self) -> None:
        """Open one connection for all calls, if the remote shell is OpenSSH."""
        self._scratch = ScratchFolder("pd-")  # a socket's path is limited to 108 bytes
        if Path(self._shell[0]).name != "ssh":
            return
        control = Path(self._scratch.name) / "c"
        self._shell += ["-S", str(control)]
        try:
            self._master = start_in_background(
                # rsync takes an IPv6 address in brackets, and ssh without them.
                [*self._shell, "-M", "-N", "--", self._host.replace("[", "").replace("]", "")]
            )
        except FileNotFoundError as fault:
            self._scratch.cleanup()
            raise self._missing("ssh") from fault
        end = time.monotonic() + _PATIENCE
        while not control.exists() and self._master.is_running() and time.monotonic() < end:
            time.sleep(0.01)

    def close(self) -> None:
        """Close the connection."""
        if self._master:
            self._master.stop()
        self._scratch.cleanup()

    def list_files(self) -> dict[str, Object]:
        """Return every file below the folder, with its size and modification time."""
        # `--no-h` prints sizes as plain numbers, and `-8` prints non-ASCII names unescaped.
        done = self._start(["-r", "--links", "--no-h", "-8", "--list-only", self._address])
        self._is_new = _is_missing(done)
        if self._is_new:
            return {}
        self._check(done)
        found, self._folders = {}, set()
        for line in done.output.decode("utf-8", "surrogateescape").splitlines():
            if match := _LINE.fullmatch(line):
                kind, size, written, path = match.groups()
                # A link is listed as `NAME -> TARGET`.
                path = path.partition(" -> ")[0] if kind == "l" else path
                if path != "." and not is_safe_path(path):
                    raise failed(
                        self.where, f"it lists `{path}`, which is outside it", self.location
                    )
                if kind == "d":
                    self._folders.add(path)
                else:
                    found[path] = self._object(size, written)
        return found

    def _object(self, size: str, written: str) -> Object:
        try:
            at = datetime.strptime(written, "%Y/%m/%d %H:%M:%S").replace(tzinfo=UTC)
            return Object(int(re.sub(r"\D", "", size)), at.timestamp())
        except ValueError as fault:
            reason = f"it lists a file of `{size[:40]}` bytes and `{written}`"
            raise failed(self.where, reason, self.location) from fault

    def load(self, paths: Iterable[str]) -> dict[str, bytes]:
        """Return the contents of small files, without those that do not exist."""
        with self._stage({}) as stage:
            fetched = self._pull(paths, stage, f"--max-size={LARGEST_RECORD}", "--info=skip1")
            return {path: file.read_bytes() for path, file in fetched.items()}

    def fetch(self, paths: Iterable[str]) -> dict[str, FileContent]:
        """Download files; return the existing ones, as local files until the store is closed."""
        stage = Path(self._scratch.name) / f"fetched-{next(self._numbers)}"
        stage.mkdir()
        return {path: content_of(f, self.location) for path, f in self._pull(paths, stage).items()}

    def _pull(self, paths: Iterable[str], folder: Path, *options: str) -> dict[str, Path]:
        """Download the existing ones of some files to a local folder."""
        listed = [*paths]
        if not listed:
            return {}
        # `--no-links`, because a host could send a link that leads out of the local folder.
        plain = ("-I", "--no-links", "--ignore-missing-args", *options, *_FILES)
        done = self._start([*plain, self._address, f"{folder}/"], data=_joined(listed))
        if not _is_missing(done):
            self._check(done)
        if large := _TOO_LARGE.search(done.output.decode("utf-8", "surrogateescape")):
            raise too_large(self.where, large[1], self.location)
        files = {path: folder / path for path in listed}
        return {path: file for path, file in files.items() if _is_file(file)}

    def find_unchanged(self, files: Contents, listing: Mapping[str, Object]) -> set[str]:
        """Return the files that the host has with the same content, by rsync's checksums."""
        same_size = {
            p: data
            for p, data in files.items()
            if p in listing and listing[p].size == size_of(data)
        }
        if not same_size:
            return set()
        with self._stage(same_size) as stage:
            options = ["--checksum", "--dry-run", "-8", "--out-format=%n"]
            done = self._start(
                [*options, *_FILES, f"{stage}/", self._address], data=_joined(same_size)
            )
            self._check(done)
        differing = done.output.decode("utf-8", "surrogateescape").splitlines()
        return same_size.keys() - set(differing)

    def send(self, files: Contents, progress: Progress) -> None:
        """Send files in one call, each through the run's temporary folder."""
        if not files:
            return
        progress("sending", 0, len(files))
        with self._stage(files) as stage:
            self._push(files, stage)

    def _push(self, paths: Iterable[str], stage: Path) -> None:
        """Send files of a local folder."""
        # `--ignore-times` sends even an unchanged receipt, so that no file is newer than it.
        # Without `--perms` the umask of the host would decide who can read new files.
        options = ["--ignore-times", "--perms", "--chmod=D755,F644"]
        listed = [*paths]
        if self._is_begun:
            options.append(f"--temp-dir={self._temporary}")
        else:  # the first call of a run creates the folder, so it cannot use it yet
            (stage / self._temporary).mkdir(parents=True, exist_ok=True)
            listed += [self._temporary, *(["."] if self._is_new else [])]
        data = _joined(listed)
        self._check(self._start([*options, *_FILES, f"{stage}/", self._address], data=data))
        self._is_begun = True

    def keep(self, paths: Iterable[str], folder: str) -> None:
        """Copy files to a folder of the host, through this machine: rsync cannot copy there."""
        with self._stage({}) as stage:
            inner = stage / folder
            inner.mkdir(parents=True)
            if fetched := self._pull(paths, inner):
                self._push((folder + path for path in fetched), stage)

    def remove(self, paths: Iterable[str]) -> None:
        """Remove files."""
        self._delete([*paths])

    def begin_run(self, run: str) -> None:
        """Start writing in the name of a run, through a temporary folder of its own."""
        self._temporary, self._is_begun = _TEMPORARY + run, False

    def fence(self, paths: Iterable[str]) -> None:
        """Delete the temporary folders of other runs, so that they cannot write any more."""
        found = {path for path in (*paths, *self._folders) if path.startswith(_TEMPORARY)}
        others = sorted(path for path in found if not path.startswith(self._temporary))
        self._delete(others, "--force")

    def remove_empty_folders(self, paths: Iterable[str]) -> None:
        """Remove the folders that contain none of these files."""
        used = {str(parent) for path in paths for parent in Path(path).parents}
        own = {"."} | {f for f in self._folders if f.startswith(_STATE) and f.count("/") < 2}
        # Inner folders have longer paths, so they are deleted before their parents.
        self._delete(sorted(self._folders - used - own, key=len, reverse=True))

    def _delete(self, paths: list[str], *force: str) -> None:
        if not paths:
            return
        with self._stage({}) as stage:
            options = ["--delete-missing-args", *force, *_FILES]
            done = self._start([*options, f"{stage}/", self._address], data=_joined(paths))
            if done.exit_code != _SOME_VANISHED:
                self._check(done)

    @contextmanager
    def _stage(self, files: Contents) -> Iterator[Path]:
        """Yield a local folder that contains these files."""
        folder = Path(self._scratch.name) / f"stage-{next(self._numbers)}"
        try:
            with reporting_scratch_errors(self.location):
                folder.mkdir()
                for path, content in files.items():
                    file = folder / path
                    file.parent.mkdir(parents=True, exist_ok=True)
                    with file.open("xb") as staged:
                        staged.writelines(pieces(content))
                yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _start(self, arguments: list[str], data: bytes = b"") -> ProgramResult:
        *options, last = arguments
        paths = [last]
        if options and (options[-1].endswith("/") and not options[-1].startswith("-")):
            paths.insert(0, options.pop())
        # `-s` sends the paths past the remote shell, which would expand `*` and spaces in them.
        command = ["rsync", "-s", "-e", shlex.join(self._shell), *options, "--", *paths]
        try:
            # rsync prints times in the local zone, and messages and numbers as the locale has them.
            environment = os.environ | {"TZ": "UTC", "LC_ALL": "C"}
            return run_bounded(command, [data], environment, LONGEST_LISTING)
        except FileNotFoundError as fault:
            raise self._missing("rsync") from fault
        except EndlessOutputError as fault:
            reason = f"it lists more than {LONGEST_LISTING >> 20} MB of names"
            raise failed(self.where, reason, self.location) from fault

    def _check(self, done: ProgramResult) -> None:
        if done.exit_code != 0:
            lines = done.errors.decode(errors="replace").splitlines()
            reason = "; ".join(line for line in lines if line.strip())[:600]
            raise failed(self.where, reason or f"rsync ended with {done.exit_code}", self.location)

    def _missing(self, program: str) -> SiteError:
        message = f"the program `{program}`, which publishes over SSH, is not installed"
        return ToolError(Diagnostic("missing-program", message, self.location))


_FILES = ("--files-from=-", "--from0")
_TOO_LARGE = re.compile(r"^(.+) is over max-size$", re.MULTILINE)


def _is_file(file: Path) -> bool:
    """Return whether a path is a regular file and not a link."""
    return file.is_file() and not file.is_symlink()


def _is_missing(done: ProgramResult) -> bool:
    """Return whether a call failed because the folder does not exist yet."""
    errors = done.errors.decode(errors="replace")
    return done.exit_code != 0 and _NO_FOLDER.search(errors) is not None


def _joined(paths: Iterable[str]) -> bytes:
    return b"".join(os.fsencode(path) + b"\0" for path in paths)
