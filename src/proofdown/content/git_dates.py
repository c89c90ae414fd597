"""When each page was last changed, as Git has it.

One `git log` for a whole site, kept until there is another commit. No page has a date where there
is no history, where only its end is there (in a shallow clone every file looks new), or where Git
would have to fetch a part of it.
"""

from pathlib import Path

from msgspec import Struct

from proofdown.config.model import Config
from proofdown.runtime.cache.build_cache import BuildCache
from proofdown.runtime.git import GitError, WorkTree, find_work_tree, read_git

_COMMIT = "\x01"
_SECONDS = 60


def load_dates(config: Config, cache: BuildCache) -> dict[str, str] | None:
    """Return the day of the last commit, as `2026-11-25`, by each page's path in the content.

    Changes that are not committed have no day; the page keeps the one it had. None if Git failed
    on a history that is there, which may go better another time and is not kept.
    """
    content = _Content.find(config)
    said = content.git("rev-parse", "--is-shallow-repository", "--show-prefix", "HEAD")
    found = said.split("\n")
    if len(found) < 3 or found[0] != "false":
        return {}
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
    """Return the files of Git that change with what `load_dates` says; none without a repository.

    They are there or come to be there when somebody commits, checks out or fetches the rest.
    """
    content = _Content.find(config)
    branch = content.git("symbolic-ref", "-q", "HEAD").strip()
    names = ["HEAD", "logs/HEAD", "packed-refs", "shallow", *([branch] if branch else [])]
    paths = content.git("rev-parse", *(part for name in names for part in ("--git-path", name)))
    return tuple(str((content.folder / path).resolve()) for path in paths.splitlines())


def _log(content: "_Content", commit: str) -> str | None:
    """Return the history up to a commit, whatever is committed meanwhile; None if Git fails."""
    what = ("-z", f"--format={_COMMIT}%cs", "--name-only", "--no-renames", "--relative")
    return content.try_git("log", *what, "--no-ext-diff", "--no-textconv", commit, "--", "*.md")


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


class _Content(Struct, frozen=True):
    """The content folder, and the work tree that it is in, which may be one of its own."""

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
        """Return what Git prints; nothing where there is no Git, no repository or no time."""
        return self.try_git(*arguments) or ""

    def try_git(self, *arguments: str) -> str | None:
        """Return what Git prints; None where it fails, or there is none."""
        if self.tree is None:
            return None
        try:
            said = read_git(self.tree, *arguments, folder=self.folder, seconds=_SECONDS)
        except GitError:
            return None
        return said.decode("utf-8", "replace")
