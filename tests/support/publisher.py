"""Publishes checked sites, each in a process of its own that can be killed.

    python publisher.py TARGET SITE SITE

Both sites are built once, before `ready` is printed. Each line of input names the sites to publish
at the same time, by number. The program prints `started PID …`, then `ended CODE …` with the codes
in the same order. Concurrent processes wait for each other between planning and publishing.
"""

import os
import sys
from pathlib import Path

import boto3

from proofdown.build.options import BuildOptions
from proofdown.build.pipeline import Build
from proofdown.build.run import run_build
from proofdown.config.publish import S3Target
from proofdown.diagnostics import SiteError
from proofdown.publish.plan.options import Overrides, PublishOptions
from proofdown.publish.plan.plan import Plan
from proofdown.publish.publish import publish
from proofdown.runtime.cache.build_cache import open_cache
from proofdown.runtime.progress import no_progress

PROGRAM = Path(__file__)
SENT, REFUSED, FAILED, NOTHING = 0, 1, 2, 3
"""The exit code of a process; -9 if it was killed."""


class Gate:
    """Lets processes continue when all of them have reached it."""

    def __init__(self, processes: int) -> None:
        self.processes = processes
        self.arrived, self.go = os.pipe(), os.pipe()

    def wait(self, _where: str, _plan: Plan) -> None:
        """Wait for the others."""
        if self.processes > 1:
            os.write(self.arrived[1], b"x")
            os.read(self.go[0], 1)

    def open(self) -> None:
        """Wait for all processes, and let them continue."""
        for _ in range(self.processes if self.processes > 1 else 0):
            os.read(self.arrived[0], 1)
        os.write(self.go[1], b"x" * self.processes)
        for end in (*self.arrived, *self.go):
            os.close(end)


def main() -> None:
    """Build the sites and publish those that are requested."""
    name, *roots = sys.argv[1:]
    builds = []
    for root in roots:
        with open_cache(Path(root)) as cache:
            options = BuildOptions(is_strict=True)
            build, is_refused = run_build(Path(root), options, no_progress, cache)
        assert not is_refused, build.diagnostics
        builds.append(build)
        if any(isinstance(target, S3Target) for target in build.site.config.publish):
            boto3.client("s3", "us-east-1")  # so that no process is killed while it imports this
    say("ready")
    for line in sys.stdin:
        numbers = [int(number) for number in line.split()]
        gate = Gate(len(numbers))
        children = [start(builds[number], name, gate) for number in numbers]
        say("started", *children)
        gate.open()
        codes = dict(wait() for _ in children)
        say("ended", *(codes[child] for child in children))


def say(*words: object) -> None:
    """Print words for the test that reads them."""
    sys.stdout.write(" ".join(str(word) for word in words) + "\n")
    sys.stdout.flush()


def wait() -> tuple[int, int]:
    """Wait for a process; return its ID and exit code."""
    child, status = os.waitpid(-1, 0)
    return child, os.waitstatus_to_exitcode(status)


def start(build: Build, name: str, gate: Gate) -> int:
    """Publish in a process with a group of its own; return its ID."""
    child = os.fork()
    if child == 0:
        os.setsid()
        os._exit(deliver(build, name, gate))
    return child


def deliver(build: Build, name: str, gate: Gate) -> int:
    """Publish, and return the exit code."""
    target = next(one for one in build.site.config.publish if one.name == name)
    try:
        overrides = Overrides(deletes=True)
        order = PublishOptions(overrides=overrides, skips_verifying=True, show=gate.wait)
        outcome = publish(build, target, order)
    except SiteError as stop:
        sys.stderr.write(f"{stop.diagnostic.code}: {stop.diagnostic.message}\n")
        return FAILED
    for diagnostic in outcome.diagnostics:
        notes = [note.message for note in diagnostic.notes]
        sys.stderr.write(f"{diagnostic.code}: {diagnostic.message} {notes}\n")
    if outcome.diagnostics:
        return REFUSED
    return SENT if outcome.is_sent else NOTHING


if __name__ == "__main__":
    main()
