"""The floors of our dependencies: the oldest version of each that `pyproject.toml` allows.

`python tests/tools/floors.py` prints them as requirements that pip installs exactly.
"""

import re
import sys
import tomllib
from pathlib import Path

_PROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"
_WITH_FLOOR = re.compile(r"(?P<name>[\w-]+(?:\[[\w,-]+\])?)>=(?P<version>\d+(?:\.\d+)*)")


def asked_for() -> list[str]:
    """Return the requirements of the program, its extras and its tests from `pyproject.toml`."""
    project = tomllib.loads(_PROJECT.read_text("utf-8"))
    extras = project["project"]["optional-dependencies"].values()
    groups = (project["project"]["dependencies"], *extras, project["dependency-groups"]["test"])
    return sorted({requirement for group in groups for requirement in group})


def floors() -> dict[str, str]:
    """Return the floor of each package by name, including extras.

    Raises:
        ValueError: a requirement is not a single floor, or a package has two.
    """
    found: dict[str, str] = {}
    for requirement in asked_for():
        match = _WITH_FLOOR.fullmatch(requirement)
        if match is None or match["name"] in found:
            raise ValueError(
                f"`{requirement}` is not the one floor of a package, as `name>=1.2` is"
            )
        found[match["name"]] = match["version"]
    return found


if __name__ == "__main__":
    sys.stdout.writelines(f"{name}=={version}\n" for name, version in floors().items())
