"""One host: its commands, their outcomes, and its files."""

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C"}


class LabError(Exception):
    """A step of the laboratory failed."""


class LabMissingError(LabError):
    """The laboratory cannot be set up on this machine at all."""


class LabTimeoutError(LabError):
    """Something did not happen in time."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a command."""

    command: str
    code: int
    out: str
    err: str

    @property
    def is_success(self) -> bool:
        """Whether the exit code was 0."""
        return self.code == 0

    @property
    def message(self) -> str:
        """Its standard error or, if that is empty, its output, without surrounding white space."""
        return self.err.strip() or self.out.strip()


@dataclass(frozen=True, slots=True)
class Host:
    """One host. Commands run in it as root; its files are accessible through `/proc`."""

    role: str
    """`client`, `source` or `destination`."""
    name: str
    pid: int
    """The ID of the host's first process in the machine's PID namespace."""

    def path(self, path: str) -> Path:
        """Return the path of a host's file on the machine."""
        return Path(f"/proc/{self.pid}/root") / path.lstrip("/")

    def write(self, path: str, text: str | bytes, mode: int = 0o644) -> None:
        """Write a file of the host, and create its parent folders."""
        file = self.path(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        file.chmod(mode)

    def start(self, *command: str, stdin: int = subprocess.DEVNULL) -> "subprocess.Popen[str]":
        """Start a command in the host without waiting for it."""
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [*enter(self.pid, "--root", "--wd"), *command],
            stdin=stdin,
            stdout=pipe,
            stderr=pipe,
            text=True,
            env=ENVIRONMENT,
            start_new_session=True,
        )

    def run(self, *command: str, timeout: float = 60) -> Outcome:
        """Run a command in the host and wait for it.

        Raises:
            LabError: it did not end in time.
        """
        return finish(self.start(*command), command, timeout)

    def check(self, *command: str, timeout: float = 60) -> str:
        """Run a command that must succeed; return what it printed.

        Raises:
            LabError: it failed, or did not end in time.
        """
        outcome = self.run(*command, timeout=timeout)
        if not outcome.is_success:
            raise LabError(f"{self.name}: {outcome.command}: {outcome.message}")
        return outcome.out


def enter(pid: int, *more: str) -> list[str]:
    """Return the command that runs another one in a process's namespaces."""
    kinds = ["--mount", "--net", "--uts", "--pid"]
    return ["nsenter", "--target", str(pid), *kinds, *more, "--"]


def finish(
    process: "subprocess.Popen[str]", command: tuple[str, ...], timeout: float = 60
) -> Outcome:
    """Wait for a started command.

    Raises:
        LabTimeoutError: it did not end in time.
    """
    shown = " ".join(command)
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe:
                pipe.close()
        raise LabTimeoutError(f"not finished after {timeout:g} seconds: {shown}") from None
    return Outcome(shown, process.returncode, out, err)


def wait_until(condition: Callable[[], bool], what: str, timeout: float = 30) -> None:
    """Wait until a condition is true.

    Raises:
        LabTimeoutError: it was not true in time.
    """
    end = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > end:
            raise LabTimeoutError(f"waited {timeout:g} seconds for this: {what}")
        time.sleep(0.05)
