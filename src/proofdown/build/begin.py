"""How a build begins: its settings, what files there are, and workers that are at it already.

Nothing else is imported here than what this takes, so that the rest of the program can be imported
while the workers write.
"""

from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from proofdown.build.options import BuildOptions
from proofdown.build.parse_all import ParseJob
from proofdown.config.loader import load_config
from proofdown.config.model import Config
from proofdown.config.root import SINGLE_FILES
from proofdown.content.discovery import Found, find_content
from proofdown.diagnostics import Report
from proofdown.runtime.cache.build_cache import BuildCache
from proofdown.runtime.cache.uptodate import FileStates, read_states

_PLAIN = BuildOptions()


class StartedBuild(Struct, frozen=True, kw_only=True):
    """A build that has begun."""

    config: Config
    found: Found
    parsing: ParseJob
    """The parsing of its pages, which goes on."""
    report: Report
    """What was wrong so far."""
    cache: BuildCache
    """What earlier builds found out."""
    looked: FileStates
    """How what it is made from looked before any of it was read, if that was asked for."""


def begin_build(
    root: Path,
    cache: BuildCache,
    options: BuildOptions = _PLAIN,
    *,
    is_last: bool = False,
    looks: bool = False,
) -> StartedBuild:
    """Begin a build of the site in a folder.

    Args:
        root: the site's root.
        cache: what earlier builds found out.
        options: what is asked for; whether drafts are built, and for which address.
        is_last: whether this process makes no other build.
        looks: whether to look at all that it is made from before any of it is read.

    Raises:
        SiteError: there is nothing to build from.
    """
    cache.begin()
    report, looked = Report(), read_states(str(root), SINGLE_FILES) if looks else {}
    config = replace(load_config(root, report), with_drafts=options.with_drafts).at(options.url)
    if looks:
        looked |= read_states(str(root), folders_of(config))
    found = find_content(config, report)
    parsing = ParseJob(config, found.pages, cache, report, is_last=is_last).start()
    return StartedBuild(
        config=config, found=found, parsing=parsing, report=report, cache=cache, looked=looked
    )


def folders_of(config: Config) -> tuple[str, ...]:
    """Return the folders that a site is made from, as paths from its root."""
    return tuple(f.as_posix() for f in (config.content, config.templates, config.diagrams))
