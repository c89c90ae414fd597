"""The tutorial is followed to the letter: its files are written, its commands are run."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from tests.support.project import REPOSITORY, run_command

TUTORIAL = (REPOSITORY / "content" / "manual" / "first-site.md").read_text("utf-8")
FENCE = re.compile(r'^```(\w+)(?: title="(.+?)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)
NOT_RUN = ("pip install proofdown", "proofdown serve --open")
"""What needs the network, or does not end by itself."""


def commands_of(block: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each command of a block with the lines that it is said to print."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, *printed = part.splitlines()
        yield command, printed


def test_each_step_of_the_tutorial_does_what_it_says(tmp_path: Path) -> None:
    folder, files, promises = tmp_path, 0, 0
    for kind, title, text in FENCE.findall(TUTORIAL):
        if title:
            (folder / title).write_text(text, "utf-8")
            files += 1
        for command, printed in commands_of(text) if kind == "console" else ():
            program, *arguments = shlex.split(command)
            if program == "cd":
                folder /= arguments[0]
            elif command not in NOT_RUN:
                assert program == "proofdown"
                result = run_command(*arguments, cwd=folder)
                shown = result.out.splitlines()
                assert [line for line in printed if line not in shown] == [], result.out
                assert result.code == ("nothing was written" in printed), result.out
                promises += len(printed)
    assert files == 6
    assert promises > 8
    assert (folder / "public" / "cache" / "index.html").is_file()
