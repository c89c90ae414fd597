"""`proofdown review`."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from proofdown.cli.options import site_option, with_structs
from proofdown.cli.printing import (
    COULD_NOT_RUN,
    OK,
    PROBLEMS,
    print_failure,
    print_report,
    say,
    style,
)
from proofdown.diagnostics import Diagnostic, OutputError, SiteError, unwritable
from proofdown.folders import open_folder, open_regular
from proofdown.review.options import ReviewOptions
from proofdown.source import Location, printable

if TYPE_CHECKING:
    from proofdown.review.compare import Review

_DEFAULT_OUTPUT = Path("review.html")
_ENDINGS = {".html": "html", ".txt": "text", ".json": "json", ".md": "github"}


@click.command()
@click.argument("base", required=False)
@site_option
@click.option(
    "--to", default="", metavar="REV", help="Review this revision instead of the working tree."
)
@click.option(
    "--patch",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Review BASE (default: HEAD) with this patch or mailbox applied.",
)
@click.option(
    "--merge-base",
    "is_from_merge_base",
    is_flag=True,
    help="Compare with the merge base of the two, as code hosts do.",
)
@click.option(
    "--format",
    "-f",
    "format_",
    type=click.Choice(("html", "text", "json", "github")),
    help="Format of the report; html, the default, is written to a file.",
)
@click.option(
    "--output",
    "-o",
    "outputs",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help=f"File to write, in the format of its extension ({', '.join(_ENDINGS)}); may be repeated.",
)
@click.option(
    "--fail-on",
    "fatal",
    default="",
    metavar="KINDS",
    help="Exit with 1 if the review has any point of these kinds, as in lost-anchor,broken-claim.",
)
@click.option(
    "--trust", "is_trusted", is_flag=True, help="Build a patch even if it changes templates."
)
@with_structs
def review(
    folder: Path,
    format_: str | None,
    outputs: tuple[Path, ...],
    fatal: str,
    options: ReviewOptions,
) -> None:
    """Show what has changed for readers since revision BASE."""
    missing = _missing_package()
    if missing:
        say(f"`proofdown review` needs `{missing}`: `pip install 'proofdown[review]'`", err=True)
        sys.exit(COULD_NOT_RUN)
    if options.base is None and not options.patch:
        raise click.UsageError("name a revision to compare with, as in `proofdown review main`")
    try:
        sys.exit(_run(folder, options, _formats(format_, outputs), _kinds(fatal)))
    except SiteError as stop:
        sys.exit(print_failure(stop))


def _missing_package() -> str:
    """Return the first package of the extra `review` that is not installed, or ""."""
    try:
        import lxml.html  # noqa: F401 (only whether it is there)
        import nh3  # noqa: F401
    except ImportError as fault:
        return fault.name or "lxml"
    return ""


def _kinds(fatal: str) -> frozenset[str]:
    """Return the kinds of points named in the value of `--fail-on`.

    Raises:
        BadParameter: there is no such kind.
    """
    from proofdown.diagnostics import did_you_mean
    from proofdown.review.report.checklist import KINDS

    kinds = frozenset(kind.strip() for kind in fatal.split(",") if kind.strip())
    for kind in sorted(kinds - KINDS.keys()):
        guess = did_you_mean(kind, KINDS) or f"the kinds are {', '.join(KINDS)}"
        raise click.BadParameter(f"there is no kind `{kind}`; {guess}", param_hint="--fail-on")
    return kinds


def _formats(format_: str | None, outputs: tuple[Path, ...]) -> dict[Path | None, str]:
    """Return the format of each file to write, with None for the standard output.

    Raises:
        BadParameter: a file's extension is not that of a format.
    """
    if not outputs:
        return {None if format_ not in (None, "html") else _DEFAULT_OUTPUT: format_ or "html"}
    found: dict[Path | None, str] = {}
    for file in outputs:
        kind = format_ if format_ and len(outputs) == 1 else _ENDINGS.get(file.suffix.lower())
        if kind is None:
            message = f"`{file}` ends in none of {', '.join(_ENDINGS)}"
            raise click.BadParameter(message, param_hint="--output")
        found[file] = kind
    return found


def _run(
    folder: Path, options: ReviewOptions, formats: dict[Path | None, str], fatal: frozenset[str]
) -> int:
    from proofdown.review.compare import compare_sides
    from proofdown.review.report.checklist import find_points
    from proofdown.review.sides import built_sides
    from proofdown.runtime.progress import ProgressLine

    # Checked before the two sites are built, so that a refusal comes at once.
    for file, kind in formats.items():
        if file and kind == "html":
            _check_output(file)
    with ProgressLine() as progress, built_sides(folder, options, progress) as (before, after):
        progress("comparing", 0, 0)
        found = compare_sides(before, after)
        # Rendered before any file is written, so that an error leaves all of them as they were.
        texts = {file: _render(found, kind, is_file=bool(file)) for file, kind in formats.items()}
    for file, text in texts.items():
        if file is None:
            print_report(text)
        else:
            _write(file, text)
    _say(found, [file for file in texts if file])
    return PROBLEMS if fatal & {point.kind for point in find_points(found)} else OK


def _render(found: "Review", format_: str, *, is_file: bool) -> str:
    """Return a review in a format; only text that is not for a file has colours."""
    if format_ == "html":
        from proofdown.review.report.as_html import html_report

        return html_report(found)
    if format_ == "json":
        from proofdown.review.report.as_json import json_report

        return json_report(found)
    if format_ == "github":
        from proofdown.review.report.as_markdown import markdown_report

        return markdown_report(found)
    from proofdown.build.report.text import plain
    from proofdown.review.report.as_text import text_report

    return text_report(found, plain if is_file else style)


def _say(found: "Review", files: list[Path]) -> None:
    """Print which files were written, and which side does not build."""
    from proofdown.review.report.as_text import summary_line

    if files:
        say(f"{', '.join(map(str, files))}: {summary_line(found)}")
    for side in (found.before, found.after):
        if side.stop and files:
            say(printable(f"{side.label} does not build: {side.stop.message}"), err=True)


def _check_output(output: Path) -> None:
    """Refuse to overwrite a file that is not a report.

    Raises:
        OutputError: the file exists and is not a report.
    """
    from proofdown.review.report.as_html import MARKER

    begin = MARKER.encode()
    if os.path.lexists(output):
        try:
            with open_regular(str(output)) as file:
                begin = file.read(200)
        except OSError:
            begin = b""
    if MARKER.encode() not in begin:
        message = f"`{output}` is not a report, and would be overwritten"
        help_ = "name another file with `--output`"
        raise OutputError(Diagnostic("foreign-output", message, Location(str(output)), help_))


def _write(output: Path, text: str) -> None:
    """Write a report to a temporary file, which then replaces the old report.

    Raises:
        OutputError: it cannot be written.
    """
    try:
        with open_folder(str(output.parent)) as folder:
            folder.put(output.name, text.encode("utf-8", "surrogatepass"))
    except OSError as fault:
        raise unwritable("the report", Location(str(output)), fault) from fault
