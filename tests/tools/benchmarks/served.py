"""The time from saving a page until it is served, polled over one connection.

The browser's share is left out, so that sites of different sizes can be compared.
"""

import statistics
import time
from collections.abc import Sequence
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from tests.tools.benchmarks import projects
from tests.tools.benchmarks.preview import our_server, running
from tests.tools.benchmarks.rounds import page_to_edit

PATIENCE = 180
"""Seconds after which a page counts as never served."""
PAUSE = 2.5
"""Seconds between two saves, in which the build after the first one ends."""
OFTEN = 0.002
"""Seconds between two requests."""


def measure_served(name: str, pages: Path, rounds: int, work: Path) -> list[float]:
    """Return the milliseconds until a saved page was served, for each save.

    Args:
        name: the name of the set of pages.
        pages: folder of the pages.
        rounds: the number of saves.
        work: the folder in which the project is made.
    """
    project = work / "projects" / f"served-{name}"
    server = our_server()
    projects.make(project, pages, server.maker)
    page = page_to_edit(pages)
    address = f"/{page.with_suffix('').as_posix()}/"
    with running(server, project) as port:
        connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        _wait_for(connection, address, "</html>")
        taken = []
        for number in range(rounds):
            time.sleep(PAUSE)
            sentence = f"Save {number} is served."
            with (project / server.pages / page).open("a", encoding="utf-8") as file:
                file.write(f"\n\n{sentence}\n")
            saved = time.perf_counter()
            _wait_for(connection, address, sentence)
            taken.append((time.perf_counter() - saved) * 1000)
        return taken


def _wait_for(connection: HTTPConnection, address: str, text: str) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            connection.request("GET", address)
            if text in connection.getresponse().read().decode():
                return
        except (OSError, HTTPException):
            with suppress(OSError):
                connection.close()
            time.sleep(0.1)
        time.sleep(OFTEN)
    raise SystemExit(f"{address} was never served with `{text}`")


def served_line(taken: Sequence[float]) -> str:
    """Return the figures as a line of text."""
    nineteen_of_twenty = statistics.quantiles(taken, n=20, method="inclusive")[-1]
    return (
        f"{len(taken)} saves: median {statistics.median(taken):.0f} ms, "
        f"95th percentile {nineteen_of_twenty:.0f} ms, slowest {max(taken):.0f} ms\n"
    )
