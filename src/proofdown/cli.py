"""The `proofdown` command: arguments → one call → exit code.

Exit codes: 0, all is well; 1, problems were found; 2, the run could not be done.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from proofdown import __version__
from proofdown.demands import Demands
from proofdown.diagnostics import Diagnostic, SiteError

if TYPE_CHECKING:
    from proofdown.build import Build

OK, PROBLEMS, COULD_NOT_RUN = 0, 1, 2

_COLOURS = {"error": "red", "warning": "yellow", "note": "cyan"}
_FORMATS = ("text", "concise", "json", "sarif", "github")


def _style(text: str, name: str) -> str:
    if name in _COLOURS:
        return click.style(text, fg=_COLOURS[name], bold=True)
    return click.style(text, bold=name == "bold", dim=name == "faint")


def _wants_colour() -> bool | None:
    """Return what `NO_COLOR` and `FORCE_COLOR` ask for; None where click may decide."""
    from os import environ

    if environ.get("NO_COLOR"):
        return False
    return True if environ.get("FORCE_COLOR") else None


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="proofdown")
def main() -> None:
    """Build documentation that is checked before it is published."""


def _site_options(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option(
            "--site",
            "-s",
            "folder",
            type=click.Path(path_type=Path),
            default=".",
            help="Folder of the site; it or one above holds proofdown.yml.",
        ),
        click.option(
            "--format",
            "-f",
            "format_",
            type=click.Choice(_FORMATS),
            default="text",
            help="How problems are printed.",
        ),
        click.option("--strict", "is_strict", is_flag=True, help="Count warnings as errors."),
        click.option(
            "--require-coverage",
            "needs_coverage",
            is_flag=True,
            help="Refuse what nobody claims or judges.",
        ),
    ):
        command = option(command)
    return command


@main.command()
@_site_options
def build(folder: Path, format_: str, **demanded: bool) -> None:
    """Check the site and write it; nothing is written when an error stands."""
    sys.exit(_run(folder, format_, Demands(**demanded), _write))


@main.command()
@_site_options
@click.option(
    "--write-baseline",
    "writes_baseline",
    is_flag=True,
    help="Let pass what is wrong now, and no more.",
)
@click.option(
    "--write-lock",
    "writes_lock",
    is_flag=True,
    help="Remember the addresses and anchors there are.",
)
@click.option(
    "--fix", "mends", is_flag=True, help="Mend in place what is certain, such as misspellings."
)
def check(folder: Path, format_: str, **demanded: bool) -> None:
    """Check the site and write no site."""
    sys.exit(_run(folder, format_, Demands(**demanded), None))


Finish = Callable[["Build", bool], str]
"""What is done after a build, given it and whether it is refused; returns what to say of it."""


def _run(folder: Path, format_: str, demands: Demands, finish: Finish | None) -> int:
    from proofdown.formats import FORMATS
    from proofdown.progress import ProgressLine
    from proofdown.run import build_as_asked
    from proofdown.settings import find_root

    try:
        with ProgressLine() as progress:
            result, is_refused = build_as_asked(find_root(folder), demands, progress)
        said = finish(result, is_refused) if finish else ""
    except SiteError as stop:
        return _stopped(stop)
    click.echo(FORMATS[format_](result, _style), color=_wants_colour())
    if said:
        click.echo(said, err=format_ not in ("text", "concise"))
    return PROBLEMS if is_refused else OK


def _write(result: "Build", is_refused: bool) -> str:
    from proofdown.write import write_site

    if is_refused:
        return "nothing was written"
    written = write_site(result.site.config, result.site.outputs)
    return f"{_shown(written.folder)}: {written.files} files, {written.changed} changed"


def _shown(folder: Path) -> str:
    here = Path.cwd()
    return f"{folder.relative_to(here)}/" if folder.is_relative_to(here) else f"{folder}/"


def _stopped(stop: SiteError) -> int:
    _complain(stop.diagnostic)
    return COULD_NOT_RUN


def _complain(diagnostic: Diagnostic) -> None:
    from proofdown.report import full_text

    click.echo(full_text(diagnostic, _style), err=True, color=_wants_colour())


@main.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
def new(folder: Path) -> None:
    """Make a small site in DIR that builds without a problem."""
    from proofdown.starter import write_starter

    try:
        files = write_starter(folder)
    except SiteError as stop:
        sys.exit(_stopped(stop))
    for path in files:
        click.echo(f"wrote {folder / path}")
    click.echo(f"\nNow: cd {folder} && proofdown build")


@main.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--site",
    "-s",
    "folder",
    type=click.Path(path_type=Path),
    default=".",
    help="Folder of the site; it or one above holds proofdown.yml.",
)
@click.option("--check", "is_check", is_flag=True, help="Write nothing; exit 1 if reality moved.")
def record(names: tuple[str, ...], folder: Path, *, is_check: bool) -> None:
    """Run the real tools again and keep what they print."""
    from proofdown.recorder import record_all

    try:
        outcome = record_all(folder, names, is_check=is_check, say=click.echo)
    except SiteError as stop:
        sys.exit(_stopped(stop))
    for diagnostic in outcome.diagnostics:
        _complain(diagnostic)
    sys.exit(PROBLEMS if outcome.diagnostics or (is_check and outcome.moved) else OK)


@main.command()
@click.argument("code", required=False)
@click.option("--all", "is_all", is_flag=True, help="Print the manual's page of all rules.")
def explain(code: str | None, *, is_all: bool) -> None:
    """Print what a rule finds, why it matters and what to write instead."""
    from proofdown.checks import RULES
    from proofdown.diagnostics import did_you_mean
    from proofdown.reference import rules_page

    if is_all:
        click.echo(rules_page(), nl=False)
        return
    if code is None:
        width = max(map(len, RULES))
        for rule in RULES.values():
            first = rule.manual.split("\n", 1)[0]
            click.echo(f"{rule.code.ljust(width)}  {rule.level.ljust(7)}  {first}")
        return
    if code not in RULES:
        guess = did_you_mean(code, RULES)
        click.echo(
            f"there is no rule `{code}`; {guess or '`proofdown explain` lists them'}", err=True
        )
        sys.exit(COULD_NOT_RUN)
    rule = RULES[code]
    click.echo(f"# {rule.code}\n\n{rule.manual}\n\nLevel: {rule.level}")
