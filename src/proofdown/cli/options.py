"""Options that several commands have."""

from collections.abc import Callable
from pathlib import Path

import click

_FORMATS = ("text", "concise", "json", "sarif", "github")

site_option = click.option(
    "--site",
    "-s",
    "folder",
    type=click.Path(path_type=Path),
    default=".",
    help="Folder of the site; it or one above holds proofdown.yml.",
)


def check_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of all that check a site."""
    for option in (
        site_option,
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
