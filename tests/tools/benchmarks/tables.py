"""Figures as Markdown tables, for the terminal and for the manual."""

import os
import platform
import statistics
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from tests.tools.benchmarks.peers import ALONE, OURS, Peer
from tests.tools.benchmarks.rounds import AGAIN, COLD, EDIT, Run

Figure = Callable[[Run], float]


def machine() -> str:
    """Return a sentence about the machine of the measurement."""
    processor = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [n for n in cpuinfo.read_text("utf-8").splitlines() if n.startswith("model name")]
        processor = names[0].partition(": ")[2] if names else processor
    return (
        f"{os.cpu_count()} cores of {processor}, {platform.system()}, "
        f"Python {platform.python_version()}"
    )


def versions(peers: Iterable[Peer]) -> str:
    """Return the peers with their versions."""
    known = {peer.name.split(" --")[0]: peer.version for peer in peers if peer.version}
    return ", ".join(f"{name} {version}" for name, version in known.items())


def costs(runs: Sequence[Run]) -> str:
    """Return the costs of every peer as a table, the medians of the rounds."""
    rows = []
    for name in dict.fromkeys(run.peer for run in runs):
        mine = [run for run in runs if run.peer == name]
        cells = [
            *(
                _median(mine, step, figure)
                for step in (COLD, AGAIN, EDIT)
                for figure in (_wall, _cpu)
            ),
            f"{max(run.cost.largest for run in mine):.0f}",
            f"{max(run.cost.tree for run in mine):.0f}",
            next((f"{run.output / 1e6:.1f}" for run in mine if run.output), ""),
        ]
        rows.append([name, *cells])
    head = ["", "cold s", "CPU s", "unchanged s", "CPU s", "one edit s", "CPU s"]
    return table([*head, "largest process MB", "all processes MB", "output MB"], rows)


def ratios(runs: Sequence[Run]) -> str:
    """Return the ratios of Proofdown's figures to each peer's, the medians of the rounds.

    There is one table with every check, and one without them, if both were measured.
    """
    own = (OURS, ALONE)
    return "\n".join(
        _ratios(
            name,
            [run for run in runs if run.peer == name],
            [run for run in runs if run.peer not in own],
        )
        for name in own
        if any(run.peer == name for run in runs)
    )


def _ratios(title: str, ours: list[Run], others: list[Run]) -> str:
    rows = []
    for name in dict.fromkeys(run.peer for run in others):
        theirs = [run for run in others if run.peer == name]
        cells = [
            _ratio(ours, theirs, COLD, _wall),
            _ratio(ours, theirs, COLD, _cpu),
            _ratio(ours, theirs, AGAIN, _wall),
            _ratio(ours, theirs, EDIT, _wall),
            _ratio(ours, theirs, COLD, lambda run: run.cost.largest),
            _ratio(ours, theirs, COLD, lambda run: run.output),
        ]
        rows.append([f"÷ {name}", *cells])
    head = [title.capitalize(), "cold", "cold, CPU", "unchanged", "one edit", "memory", "output"]
    return table(head, rows)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table; all columns except the first are figures."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _wall(run: Run) -> float:
    return run.cost.wall


def _cpu(run: Run) -> float:
    return run.cost.cpu


def _median(runs: Iterable[Run], step: str, figure: Figure) -> str:
    found = [figure(run) for run in runs if run.step == step]
    return f"{statistics.median(found):.2f}" if found else ""


def _ratio(ours: list[Run], theirs: list[Run], step: str, figure: Figure) -> str:
    mine = {run.round: figure(run) for run in ours if run.step == step}
    other = {run.round: figure(run) for run in theirs if run.step == step}
    found = [mine[n] / other[n] for n in mine.keys() & other.keys() if other[n] and mine[n]]
    return f"{statistics.median(found):.2f}" if found else ""
