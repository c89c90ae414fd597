"""Every peer cold, unchanged and with one page edited, in turns, so that drift affects all."""

import json
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.tools.benchmarks.measuring import Cost, run, size
from tests.tools.benchmarks.peers import PYTHON, Peer
from tests.tools.benchmarks.projects import make

COLD, AGAIN, EDIT = "cold", "unchanged", "one page edited"
STEPS = (COLD, AGAIN, EDIT)
SECONDS = 900


@dataclass(frozen=True)
class Run:
    """One build that was measured."""

    corpus: str
    peer: str
    step: str
    round: int
    cost: Cost
    files: int = 0
    output: int = 0
    """Bytes of the site, or 0 if not measured."""


def measure(corpus: str, pages: Path, peers: list[Peer], rounds: int, work: Path) -> Iterator[Run]:
    """Yield the runs of every peer on one set of pages, except peers that fail."""
    for name, maker in {p.project: p.maker for p in peers}.items():
        make(work / "projects" / f"{name}-{corpus}", pages, maker)
    edited = page_to_edit(pages)
    failed: set[str] = set()
    for number in range(rounds):
        for peer in (p for p in peers if p.name not in failed):
            project = work / "projects" / f"{peer.project}-{corpus}"
            for step in STEPS:
                done = _run(corpus, peer, project, edited, (step, number))
                if done is None:
                    continue
                if done.cost.code:
                    sys.stderr.write(f"{peer.name} failed on {corpus}: {done.cost.code}\n")
                    failed.add(peer.name)
                    break
                yield done


def _run(corpus: str, peer: Peer, project: Path, edited: Path, turn: tuple[str, int]) -> Run | None:
    step, number = turn
    if step == COLD and peer.again:
        return None  # measured under the name without the option, which ran just before
    if step != COLD and peer.output == "none" and peer.name != PYTHON:
        return None
    if step == COLD:
        for left in peer.leftovers:
            shutil.rmtree(project / left, ignore_errors=True)
    if step == EDIT:
        page = project / peer.pages / edited
        page = page if page.exists() else page.with_name("_index.md")
        with page.open("a", encoding="utf-8") as file:
            file.write(f"\n\nEdited at {time.time_ns()} with *some* `markup`.\n")
    command = peer.again if step != COLD and peer.again else peer.command
    time.sleep(0.2)
    cost = run(command, project, SECONDS)
    files, output = size(project / peer.output) if step == COLD and number == 0 else (0, 0)
    done = Run(corpus, peer.name, step, number, cost, files, output)
    sys.stderr.write(json.dumps(asdict(done)) + "\n")
    return done


def page_to_edit(pages: Path) -> Path:
    """Return the page of median size, as a path in the folder of pages."""
    by_size = sorted((page.stat().st_size, page) for page in pages.rglob("*.md"))
    return by_size[len(by_size) // 2][1].relative_to(pages)
