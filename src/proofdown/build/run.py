"""Run a build with the command line's options: baseline, lock file, fixes and strictness."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec.structs import replace

from proofdown.build.baseline import apply_baseline, load_baseline, shrunk, write_baseline
from proofdown.build.begin import StartedBuild, begin_build, folders_of
from proofdown.build.fix import fix_site
from proofdown.build.options import BuildOptions
from proofdown.build.pipeline import Build, PagesCallback, build_site, ignore_pages
from proofdown.checks.links.published import published_now
from proofdown.config.root import BASELINE_FILE, SINGLE_FILES
from proofdown.content.evidence.claims import Judgement, Verdict
from proofdown.content.git_dates import files_of_head
from proofdown.content.lockfile import is_legible, write_lock
from proofdown.diagnostics import Diagnostic, Severity
from proofdown.diagrams.languages import find_programs
from proofdown.markup.extensions import depends_on_text_alone
from proofdown.runtime.cache.build_cache import BuildCache
from proofdown.runtime.cache.uptodate import FileStates, WatchedFiles
from proofdown.runtime.progress import Progress


def run_build(
    root: Path,
    options: BuildOptions,
    progress: Progress,
    cache: BuildCache,
    on_composed: PagesCallback = ignore_pages,
    started: StartedBuild | None = None,
) -> tuple[Build, bool]:
    """Run a build as the options ask; return it, and whether it fails.

    A baseline that is to be written is written first and then applied. Today's addresses are added
    to the lock file only if the file could be read.

    Raises:
        SiteError: there is nothing to build from, or the baseline cannot be read or written.
    """
    baseline = load_baseline(root)
    known = baseline.known if baseline else None
    started = started or begin_build(root, cache, options)
    build = build_site(root, progress, cache, on_composed=on_composed, started=started)
    # Built again, because a fix moves the locations of all later problems in its file.
    if options.fixes and fix_site(build):
        build = build_site(root, progress, cache, started=begin_build(root, cache, options))
    found: tuple[Diagnostic, ...] = build.diagnostics
    if options.needs_coverage:
        found = tuple(sorted([*found, *_not_judged(build.judgements)], key=lambda d: d.sort_key))
    if options.writes_lock and is_legible(found):
        write_lock(root, build.site.published, published_now(build.site))
    if options.writes_baseline:
        known = shrunk(known, found)
        write_baseline(root, known)
    if known is not None:
        found = apply_baseline(found, known)
    read = {**build.read, BASELINE_FILE: baseline.checksum} if baseline else build.read
    return replace(build, diagnostics=found, read=read), _is_refused(found, options)


def watched_by(build: Build, input_states: FileStates, *, is_written: bool) -> WatchedFiles | None:
    """Return the files that a build depended on, or None if they do not determine its result.

    Args:
        build: the build.
        input_states: the state of its input files before any of them was read.
        is_written: whether the site was written.
    """
    config = build.site.config
    if build.is_provisional or not depends_on_text_alone(config):
        return None
    inputs = [*SINGLE_FILES, *folders_of(config)]
    # Pages show the day of their last commit, so a new commit changes them.
    inputs += files_of_head(config) or (".git",)
    programs = find_programs(config, build.site.diagrams).values()
    inputs += [program.file for program in programs if program.file]
    outputs = (config.output.as_posix(),) if is_written else ()
    depends_on_day = any(setting.days for setting in config.recordings)
    return WatchedFiles(tuple(inputs), outputs, input_states, depends_on_day=depends_on_day)


def _is_refused(diagnostics: Iterable[Diagnostic], options: BuildOptions) -> bool:
    refusing = {Severity.ERROR, Severity.WARNING} if options.is_strict else {Severity.ERROR}
    return any(d.severity in refusing for d in diagnostics)


def _not_judged(judgements: tuple[Judgement, ...]) -> Iterator[Diagnostic]:
    for judgement in judgements:
        if judgement.verdict is Verdict.NOT_JUDGED:
            message = f"the {judgement.kind} `{judgement.name}` is not judged"
            yield Diagnostic("not-judged", message, judgement.location, "claim what it must say")
