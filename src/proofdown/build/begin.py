"""Begin a build: read the settings, find the files, and start the workers that parse pages.

This module imports only what that needs, so that the workers run while the rest of the program is
imported.
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
    """A build whose workers have started."""

    config: Config
    found: Found
    parsing: ParseJob
    """The running job that parses its pages."""
    report: Report
    """The diagnostics so far."""
    cache: BuildCache
    input_states: FileStates
    """The state of its input files before any of them was read, if that was asked for."""


def begin_build(
    root: Path,
    cache: BuildCache,
    options: BuildOptions = _PLAIN,
    *,
    is_last: bool = False,
    records_states: bool = False,
) -> StartedBuild:
    """Begin a build of the site in a folder.

    Args:
        root: the site's root.
        cache: the build cache.
        options: the options, of which `with_drafts` and `url` matter here.
        is_last: whether this process runs no other build.
        records_states: whether to record the state of all input files before any of them is read.

    Raises:
        SiteError: there is nothing to build from.
    """
    cache.begin()
    # Before they are read: an edit in between must look like a change to the next run.
    report, input_states = Report(), read_states(str(root), SINGLE_FILES) if records_states else {}
    config = replace(load_config(root, report), with_drafts=options.with_drafts).at(options.url)
    if records_states:
        # Only now, because the settings name the folders.
        input_states |= read_states(str(root), folders_of(config))
    found = find_content(config, report)
    parsing = ParseJob(config, found.pages, cache, report, is_last=is_last).start()
    return StartedBuild(
        config=config,
        found=found,
        parsing=parsing,
        report=report,
        cache=cache,
        input_states=input_states,
    )


def folders_of(config: Config) -> tuple[str, ...]:
    """Return the folders that a site is built from, as paths from its root."""
    return tuple(f.as_posix() for f in (config.content, config.templates, config.diagrams))
