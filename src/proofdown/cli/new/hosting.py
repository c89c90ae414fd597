"""Write configuration for hosts that build sites: `proofdown new --host`."""

import os
from importlib.resources import files
from pathlib import Path

from msgspec import Struct

from proofdown.config.loader import load_config
from proofdown.config.model import Config
from proofdown.config.publish import DirectoryTarget
from proofdown.config.root import SETTINGS_FILE
from proofdown.diagnostics import Diagnostic, OutputError, Report, unwritable
from proofdown.files import read_inside, replace_file
from proofdown.source import Location

HOSTS: dict[str, dict[str, str]] = {
    "github": {".github/workflows/pages.yml": "github.yml"},
    "gitlab": {".gitlab-ci.yml": "gitlab.yml"},
    "netlify": {"netlify.toml": "netlify.toml"},
    "cloudflare": {"build.sh": "cloudflare.sh", ".python-version": "python-version"},
    "readthedocs": {".readthedocs.yaml": "readthedocs.yaml"},
}
"""Per host, the path of each file to write → the name of its template in `hosting/`."""

_TARGET = "publish:\n  artifact: {to: directory, path: public}\n"
_IGNORED = "/public/"


class Hosting(Struct, frozen=True):
    """The files written for a host, and what is left for the site's owner to do."""

    written: tuple[str, ...]
    to_do: tuple[str, ...]


def write_hosting(root: Path, host: str) -> Hosting:
    """Write a host's configuration into a site, and add its publish target.

    Raises:
        SiteError: a file already exists or the settings cannot be read, and nothing was written;
            or a file cannot be written.
    """
    config = load_config(root, Report())
    contents = {
        path: (files("proofdown.cli.new") / "hosting" / name).read_text("utf-8")
        for path, name in HOSTS[host].items()
    }
    taken = next((path for path in contents if (root / path).exists()), "")
    if taken:
        help_ = "merge the two by hand, or move yours out of the way"
        message = f"`{taken}` already exists"
        raise OutputError(Diagnostic("foreign-output", message, Location(taken), help_))
    to_do = []
    if not config.url:
        to_do.append(f"give the site its address: `url: https://…` in {SETTINGS_FILE}")
    if not config.publish:
        contents[SETTINGS_FILE] = _with_line(root / SETTINGS_FILE, _TARGET)
    elif not _has_target(config):
        # The settings have a `publish:` already, and a second one would be a duplicate key.
        line = _TARGET.splitlines()[1].strip()
        to_do.append(f"add a target below `publish:` in {SETTINGS_FILE}: `{line}`")
    ignored = root / ".gitignore"
    if _IGNORED not in _text_of(ignored).splitlines():
        contents[".gitignore"] = _with_line(ignored, f"{_IGNORED}\n")
    _write(root, contents)
    return Hosting(tuple(contents), tuple(to_do))


def _has_target(config: Config) -> bool:
    """Return whether the settings have the target of the host's configuration."""
    return any(
        target.name == "artifact" and target.host == DirectoryTarget("public")
        for target in config.publish
    )


def _text_of(file: Path) -> str:
    """Return a file's text; empty if there is no such file."""
    return read_inside(file, file.parent).decode() if os.path.lexists(file) else ""


def _with_line(file: Path, line: str) -> str:
    """Return a file's text with a line appended."""
    text = _text_of(file)
    return text + ("\n" if text and not text.endswith("\n") else "") + line


def _write(root: Path, contents: dict[str, str]) -> None:
    try:
        for path, text in contents.items():
            replace_file(root / path, root, text.encode())
    except OSError as fault:
        raise unwritable(f"`{root}`", Location(str(root)), fault) from fault
