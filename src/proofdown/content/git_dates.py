"""Find when each page was last changed, according to Git.

One `git log` serves the whole site, and its result is cached until the next commit. No page has a
date if there is no history or if Git would have to fetch a part of it. The same goes for a shallow
clone, in which every file seems to be as new as the oldest commit that was fetched.
"""

from pathlib import Path

from msgspec import Struct

from proofdown.config.model import Config
from proofdown.runtime.cache.build_cache import BuildCache
from proofdown.runtime.git import GitError, WorkTree, find_work_tree, read_git

_COMMIT = "\x01"
_SECONDS = 60


def load_dates(config: Config, cache: BuildCache) -> dict[str, str] | None:
    """Return the day of the last commit to each page, as `2026-11-25`, by its path.

    The path is relative to the content folder. Uncommitted changes have no date, so a page keeps
    that of its last commit. The result is None if Git failed on an existing history. That may be
    temporary, so it is not cached.
    """
    content = _Content.find(config)
    # One process for the three questions: starting Git takes longer than its answers.
    output = content.git("rev-parse", "--is-shallow-repository", "--show-prefix", "HEAD")
    found = output.split("\n")
    if len(found) < 3 or found[0] != "false":
        return {}
    # The prefix too: the cached paths are relative to the content folder, which may be renamed.
    key = f"{found[2]} {found[1]}"
    dates = cache.load("history", "dates", key, dict[str, str])
    if dates is None:
        log = _log(content, found[2])
        if log is None:
            return None
        dates = _dates_of(log)
        cache.store("history", "dates", key, dates)
    return dates


def files_of_head(config: Config) -> tuple[str, ...]:
    """Return Git's files that change whenever the result of `load_dates` may change.

    A commit, a checkout or a fetch of the rest of a shallow history creates or changes one of
    them. There are none without a repository.
    """
    content = _Content.find(config)
    branch = content.git("symbolic-ref", "-q", "HEAD").strip()
    names = ["HEAD", "logs/HEAD", "packed-refs", "shallow", *([branch] if branch else [])]
    paths = content.git("rev-parse", *(part for name in names for part in ("--git-path", name)))
    return tuple(str((content.folder / path).resolve()) for path in paths.splitlines())


def _log(content: "_Content", commit: str) -> str | None:
    """Return the history up to a commit, or None if Git fails."""
    options = ("-z", f"--format={_COMMIT}%cs", "--name-only", "--no-renames", "--relative")
    # The commit is named, because `HEAD` may move before this runs. External diff and textconv
    # programs would be commands that the repository chooses.
    return content.try_git("log", *options, "--no-ext-diff", "--no-textconv", commit, "--", "*.md")


def _dates_of(log: str) -> dict[str, str]:
    """Return the first date of each path, because the log starts with the newest commit."""
    dates: dict[str, str] = {}
    date = ""
    for part in log.split("\0"):
        piece = part.strip("\n")
        if piece.startswith(_COMMIT):
            date, _, piece = piece[1:].partition("\n")
        if piece.strip("\n"):
            dates.setdefault(piece.strip("\n"), date)
    return dates


class _Content(Struct, frozen=True):
    """The content folder and the work tree around it, which need not be that of the site."""

    folder: Path
    tree: WorkTree | None

    @classmethod
    def find(cls, config: Config) -> "_Content":
        folder = (config.root / config.content).resolve()
        try:
            return cls(folder, find_work_tree(folder))
        except GitError:
            return cls(folder, None)

    def git(self, *arguments: str) -> str:
        """Return the output of Git, or "" if it fails, times out or there is no repository."""
        return self.try_git(*arguments) or ""

    def try_git(self, *arguments: str) -> str | None:
        """Return the output of Git, or None if it fails, times out or there is no repository."""
        if self.tree is None:
            return None
        try:
            output = read_git(self.tree, *arguments, folder=self.folder, seconds=_SECONDS)
        except GitError:
            return None
        return output.decode("utf-8", "replace")
