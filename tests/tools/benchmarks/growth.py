"""Time per page of a cold build at growing sizes, in turns."""

import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.tools.benchmarks.measuring import Cost, run
from tests.tools.benchmarks.peers import Peer
from tests.tools.benchmarks.projects import make
from tests.tools.benchmarks.rounds import COLD, SECONDS
from tests.tools.benchmarks.synthetic import generate
from tests.tools.benchmarks.tables import table

SIZES = (1_000, 3_000, 10_000)


def measure_growth(
    peer: Peer, sizes: Sequence[int], rounds: int, work: Path
) -> dict[int, list[Cost]]:
    """Return the costs of cold builds of generated sites, by number of pages."""
    projects = {n: work / "projects" / f"{peer.project}-generated-{n}" for n in sizes}
    for pages, project in projects.items():
        make(project, generate(pages, work), peer.maker)
    found: dict[int, list[Cost]] = {n: [] for n in sizes}
    for _ in range(rounds):
        for pages, project in projects.items():
            make(project, generate(pages, work), peer.maker)
            found[pages].append(run(peer.command, project, SECONDS))
            sys.stderr.write(f"{COLD} {pages}: {found[pages][-1]}\n")
    return found


def growth_table(found: dict[int, list[Cost]]) -> str:
    """Return the growth as a Markdown table, each size relative to the smallest."""
    smallest = min(found)
    per_page = {n: statistics.median(c.cpu / n for c in costs) for n, costs in found.items()}
    rows = [
        [
            f"{n:,} pages",
            f"{statistics.median(c.wall for c in costs):.1f}",
            f"{statistics.median(c.wall for c in costs) / n * 1000:.1f}",
            f"{per_page[n] * 1000:.1f}",
            f"{per_page[n] / per_page[smallest]:.2f}",
            f"{max(c.largest for c in costs):.0f}",
            f"{max(c.tree for c in costs):.0f}",
        ]
        for n, costs in sorted(found.items())
    ]
    head = ["", "seconds", "ms a page", "CPU ms a page", f"of that at {smallest:,}"]
    return table([*head, "largest process MB", "all processes MB"], rows)
