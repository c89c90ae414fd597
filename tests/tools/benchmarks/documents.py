"""Real public documentation: existing folders, or the documentation in packages on PyPI."""

import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path, PurePosixPath

PACKAGES = (
    *("hatch", "markdown", "pymdown-extensions", "fastapi", "starlette", "mkdocs", "copier"),
    *("litestar", "jupyterhub", "ruff"),
)
"""Packages whose source distributions contain documentation in Markdown."""

_FEWEST_PAGES = 10
_LARGEST = 50_000_000
_BAD_HEAD = re.compile(r"\A\ufeff?---[ \t]*\n.*?\n---[ \t]*\n", re.DOTALL)
_FENCE_OPTIONS = re.compile(r"^([ \t>]*(?:```+|~~~+)[ \t]*[\w+#-]+)[^\n`]*$", re.MULTILINE)
_INCLUDE = re.compile(r"^(?:\{\*.*\*\}|--8<--.*|\{%.*%\}|\{!.*!\})$", re.MULTILINE)


def from_pypi(work: Path) -> Path:
    """Return a folder of pages taken from source distributions, each package in its own folder.

    Front matter is left out, and so is syntax that only one tool understands: includes, macros and
    options after a fence. So every tool gets the same text.
    """
    folder = work / "documents" / "pypi"
    if (folder / "index.md").exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    for package in PACKAGES:
        archive = _download(package, work / "downloads")
        if archive:
            _unpack(archive, folder / package)
    names = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
    if not names:
        raise SystemExit("no documentation can be had from PyPI")
    links = "".join(f"- [{name}]({name}/index.md)\n" for name in names)
    (folder / "index.md").write_text(f"# Documentation\n\n{links}", "utf-8")
    return folder


def _download(package: str, folder: Path) -> Path | None:
    """Return a package's source distribution, or None if there is none."""
    known = sorted(folder.glob(f"{package.replace('-', '_')}-*.tar.gz"))
    if known:
        return known[-1]
    sys.stderr.write(f"downloading {package}\n")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--disable-pip-version-check", "--no-binary", package, "--dest", str(folder)]
    done = subprocess.run([*command, package], capture_output=True, check=False)
    known = sorted(folder.glob(f"{package.replace('-', '_')}-*.tar.gz"))
    return known[-1] if known and done.returncode == 0 else None


def _unpack(archive: Path, folder: Path) -> None:
    """Extract the pages from the folder of an archive that contains most of them."""
    with tarfile.open(archive) as packed:
        pages = {
            PurePosixPath(*PurePosixPath(member.name).parts[1:]): member
            for member in packed
            if member.isfile() and member.name.endswith(".md") and member.size < _LARGEST
        }
        root = _root_of(list(pages))
        for path, member in pages.items():
            opened = packed.extractfile(member)
            if opened and path.is_relative_to(root):
                target = folder / path.relative_to(root)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(_plain(opened.read().decode("utf-8", "replace")), "utf-8")
    if folder.exists() and not (folder / "index.md").exists():
        (folder / "index.md").write_text(f"# {folder.name}\n", "utf-8")


def _root_of(paths: list[PurePosixPath]) -> PurePosixPath:
    """Return the deepest folder that contains nearly all pages."""
    folder = PurePosixPath()
    while True:
        inside = [path for path in paths if path.is_relative_to(folder)]
        below: dict[str, int] = {}
        for path in inside:
            rest = path.relative_to(folder).parts
            if len(rest) > 1:
                below[rest[0]] = below.get(rest[0], 0) + 1
        name = max(below, key=lambda n: below[n], default="")
        if not name or below[name] < max(_FEWEST_PAGES, 0.7 * len(inside)):
            return folder
        folder /= name


def _plain(text: str) -> str:
    text = text.replace("\r\n", "\n")
    text = _INCLUDE.sub("", _BAD_HEAD.sub("", text, count=1))
    return _FENCE_OPTIONS.sub(r"\1", text)


def describe(folder: Path) -> str:
    """Return a description of the size of a folder of pages."""
    sizes = [page.stat().st_size for page in folder.rglob("*.md")]
    return f"{len(sizes):,} pages, {sum(sizes) / 1e6:.1f} MB of Markdown"
