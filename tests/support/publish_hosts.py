"""Hosts to publish to, all on this machine, with their settings and what readers get there."""

import atexit
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import tarfile
import time
import urllib.error
import urllib.request
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self
from urllib.parse import quote

import boto3

BUCKET = "docs"
BRANCH = "gh-pages"


class RigMissingError(Exception):
    """Something that a host needs is not installed."""


class Rig(Protocol):
    """A host for tests."""

    is_atomic: bool
    """Whether a reader sees either the old site or the new one, and nothing in between."""

    @property
    def settings(self) -> str:
        """The target's settings, as a flow mapping."""

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables that the command needs in addition to the settings."""

    def tree(self) -> dict[str, bytes]:
        """Return all published files at one moment, without the host's own state."""

    def read(self, path: str) -> bytes | None:
        """Return what a reader gets of one file now."""

    def put(self, path: str, data: bytes) -> None:
        """Write a file there as somebody else."""


def needed(*programs: str) -> None:
    """Raise an error if one of some programs is missing."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    missing = [name for name in programs if not shutil.which(name, path=path)]
    if missing:
        raise RigMissingError(f"needs {', '.join(missing)}")


def free_port() -> int:
    """Return a free port."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until a server answers."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RigMissingError(f"the server ended with {process.returncode}")
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    raise RigMissingError("the server does not answer")


class GitRig:
    """A bare repository."""

    is_atomic = True

    def __init__(self, folder: Path) -> None:
        needed("git")
        self.folder = folder / "remote.git"
        self.environment: dict[str, str] = {}
        self._git("init", "--quiet", "--bare", str(self.folder))

    @property
    def settings(self) -> str:
        return f"{{to: git, remote: {self.folder}, branch: {BRANCH}}}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def tip(self) -> str:
        """Return the branch's commit, or an empty text if there is none."""
        return (
            self._git("for-each-ref", "--format=%(objectname)", f"refs/heads/{BRANCH}")
            .decode()
            .strip()
        )

    def tree(self) -> dict[str, bytes]:
        tip = self.tip()
        if not tip:
            return {}
        with tarfile.open(fileobj=io.BytesIO(self._git("archive", "--format=tar", tip))) as tar:
            members = [one for one in tar if one.isfile()]
            return {one.name: (tar.extractfile(one) or io.BytesIO()).read() for one in members}

    def read(self, path: str) -> bytes | None:
        asked = f"refs/heads/{BRANCH}:{path}\n".encode()
        head, _, data = self._git("cat-file", "--batch", data=asked).partition(b"\n")
        return None if head.endswith(b" missing") else data.removesuffix(b"\n")

    def put(self, path: str, data: bytes) -> None:
        """Commit a file, as a colleague who pushes to the branch does."""
        stream = f"commit refs/heads/{BRANCH}\ncommitter A <a@b> 1700000000 +0000\ndata 1\nx\n"
        if self.tip():
            stream += f"from refs/heads/{BRANCH}^0\n"
        stream += f"M 100644 inline {path}\ndata {len(data)}\n"
        self._git("fast-import", "--quiet", data=stream.encode() + data + b"\n")

    def _git(self, *arguments: str, data: bytes = b"") -> bytes:
        where = [] if arguments[0] == "init" else ["--git-dir", str(self.folder)]
        command = ["git", *where, *arguments]
        return subprocess.run(command, input=data, capture_output=True, check=True).stdout


class DirectoryRig:
    """A folder."""

    is_atomic = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "public"
        self.environment: dict[str, str] = {}

    @property
    def settings(self) -> str:
        return f"{{to: directory, path: {self.folder}}}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def tree(self) -> dict[str, bytes]:
        """Return the files of the folder that was opened, even if it is swapped meanwhile."""
        while True:
            try:
                top = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
            except FileNotFoundError:
                return {}
            try:
                return dict(_files_below(top))
            except FileNotFoundError:
                if os.fstat(top).st_ino == self.folder.stat().st_ino:
                    raise  # a file vanished from the folder that readers get
            finally:
                os.close(top)

    def read(self, path: str) -> bytes | None:
        try:
            return (self.folder / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def put(self, path: str, data: bytes) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        file.write_bytes(data)


def _files_below(top: int) -> list[tuple[str, bytes]]:
    found = []
    for folder, _, names, here in os.fwalk(dir_fd=top):
        for name in names:
            with os.fdopen(os.open(name, os.O_RDONLY, dir_fd=here), "rb") as file:
                path = f"{folder}/{name}".removeprefix("./")
                if not path.startswith(".proofdown/"):
                    found.append((path, file.read()))
    return found


class RsyncRig:
    """A folder that this machine's sshd gives access to."""

    is_atomic = False

    def __init__(self, folder: Path) -> None:
        needed("rsync", "ssh", "sshd", "ssh-keygen")
        self._folder = DirectoryRig(folder)
        self.folder = self._folder.folder
        self._home = folder / "ssh"
        self._port = free_port()

    @property
    def settings(self) -> str:
        return f"{{to: rsync, host: 127.0.0.1, path: {self.folder}, port: {self._port}}}"

    @property
    def environment(self) -> dict[str, str]:
        return {"RSYNC_RSH": f"ssh -F {self._home}/config"}

    def __enter__(self) -> Self:
        home = self._home
        home.mkdir()
        for name in ("host", "user"):
            make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(home / name)]
            subprocess.run(make, check=True)
        (home / "authorized").write_bytes((home / "user.pub").read_bytes())
        (home / "sshd").write_text(
            f"Port {self._port}\nListenAddress 127.0.0.1\nHostKey {home}/host\n"
            f"AuthorizedKeysFile {home}/authorized\nStrictModes no\nPidFile none\nUsePAM no\n"
            "PasswordAuthentication no\nMaxStartups 100\nUseDNS no\n"
            "SetEnv SHLVL=5\n"  # bash then skips .bashrc, which can be slow
        )
        (home / "config").write_text(
            f"Host *\n IdentityFile {home}/user\n IdentitiesOnly yes\n LogLevel ERROR\n"
            f" UserKnownHostsFile {home}/known\n StrictHostKeyChecking no\n BatchMode yes\n"
            " KexAlgorithms curve25519-sha256\n"  # the default takes three times as long
        )
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)
        program = shutil.which("sshd", path="/usr/sbin:/usr/bin") or "sshd"
        self._server = subprocess.Popen(
            [program, "-D", "-e", "-f", str(home / "sshd")], stderr=subprocess.DEVNULL
        )
        wait_for_port(self._port, self._server)
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._server.terminate()
        self._server.wait()

    def tree(self) -> dict[str, bytes]:
        return self._folder.tree()

    def read(self, path: str) -> bytes | None:
        return self._folder.read(path)

    def put(self, path: str, data: bytes) -> None:
        self._folder.put(path, data)


@cache
def moto_port() -> int:
    """Return the port of moto's server; start it at the first call."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    atexit.register(server.wait)
    atexit.register(server.terminate)  # handlers run in reverse order, so this one first
    wait_for_port(port, server)
    return port


class S3Rig:
    """A bucket of moto's server, which is reset first."""

    is_atomic = False

    def __init__(self, _folder: Path) -> None:
        self._endpoint = f"http://127.0.0.1:{moto_port()}"
        self.url = f"{self._endpoint}/{BUCKET}/site/"

    @property
    def settings(self) -> str:
        where = f"endpoint: '{self._endpoint}', region: us-east-1"
        return f"{{to: s3, bucket: {BUCKET}, prefix: site, {where}}}"

    @property
    def environment(self) -> dict[str, str]:
        return {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}

    def __enter__(self) -> Self:
        forget = urllib.request.Request(f"{self._endpoint}/moto-api/reset", method="POST")  # noqa: S310
        with urllib.request.urlopen(forget, timeout=30):  # noqa: S310
            pass
        self.client = boto3.client(
            "s3",
            endpoint_url=self._endpoint,
            region_name="us-east-1",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",  # noqa: S106 - moto takes any
        )
        self.client.create_bucket(Bucket=BUCKET)
        statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}
        statement["Resource"] = f"arn:aws:s3:::{BUCKET}/*"
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.client.put_bucket_policy(Bucket=BUCKET, Policy=policy)
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.client.close()

    def tree(self) -> dict[str, bytes]:
        listed = self.client.list_objects_v2(Bucket=BUCKET, Prefix="site/").get("Contents", [])
        paths = [one["Key"].removeprefix("site/") for one in listed]
        found = {path: self.read(path) for path in paths if not path.startswith(".proofdown/")}
        return {path: data for path, data in found.items() if data is not None}

    def read(self, path: str) -> bytes | None:
        try:
            with urllib.request.urlopen(f"{self.url}{quote(path)}", timeout=30) as got:  # noqa: S310
                return bytes(got.read())
        except urllib.error.HTTPError as fault:
            with fault:
                if fault.code == 404:
                    return None
            raise

    def put(self, path: str, data: bytes) -> None:
        self.client.put_object(Bucket=BUCKET, Key=f"site/{path}", Body=data)


RIGS: dict[str, type[GitRig | DirectoryRig | S3Rig | RsyncRig]] = {
    "git": GitRig,
    "directory": DirectoryRig,
    "s3": S3Rig,
    "rsync": RsyncRig,
}
