"""When each page was last changed, as Git has it.

One `git log` for a whole site, kept until there is another commit. Where there is no history, or
only its end (a shallow clone, in which every file looks new), nothing is said.
"""

import os
import subprocess
from pathlib import Path

from proofdown.config import Config
from proofdown.memo import Memo

_PLAIN = ("-c", "core.fsmonitor=false", "-c", "core.quotePath=false", "-c", "log.showSignature=no")
_COMMIT = "\x01"
_SECONDS = 60


def load_dates(config: Config, memo: Memo) -> dict[str, str]:
    """Return the day of the last commit, as `2026-11-25`, by each page's path in the content.

    Changes that are not committed have no day; the page keeps the one it had.
    """
    folder = config.root / config.content
    found = _git(folder, "rev-parse", "--is-shallow-repository", "--show-prefix", "HEAD").split(
        "\n"
    )
    if len(found) < 3 or found[0] != "false":
        return {}
    key = f"{found[2]} {found[1]}"
    dates = memo.recall("history", "dates", key, dict[str, str])
    if dates is None:
        dates = _dates_of(_log(folder))
        memo.keep("history", "dates", key, dates)
    return dates


def files_of_head(config: Config) -> tuple[str, ...]:
    """Return the files of Git that change with what `load_dates` says; none without a repository.

    They are there or come to be there when somebody commits, checks out or fetches the rest.
    """
    folder = config.root / config.content
    branch = _git(folder, "symbolic-ref", "-q", "HEAD").strip()
    names = ["HEAD", "logs/HEAD", "packed-refs", "shallow", *([branch] if branch else [])]
    paths = _git(folder, "rev-parse", *(part for name in names for part in ("--git-path", name)))
    return tuple(str((folder / path).resolve()) for path in paths.splitlines())


def _log(folder: Path) -> str:
    format_ = f"--format={_COMMIT}%cs"
    return _git(
        folder, "log", "-z", format_, "--name-only", "--no-renames", "--relative", "--", "*.md"
    )


def _dates_of(log: str) -> dict[str, str]:
    """Return the first date beside each path: the log goes from the newest commit back."""
    dates: dict[str, str] = {}
    date = ""
    for part in log.split("\0"):
        piece = part.strip("\n")
        if piece.startswith(_COMMIT):
            date, _, piece = piece[1:].partition("\n")
        if piece.strip("\n"):
            dates.setdefault(piece.strip("\n"), date)
    return dates


def _git(folder: Path, *arguments: str) -> str:
    """Return what Git prints; nothing where there is no Git, no repository or no time."""
    environment = os.environ | {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(
            ["git", *_PLAIN, *arguments],  # noqa: S607 (the Git that the user has)
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""
