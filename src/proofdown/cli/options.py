"""Options that several commands have, and how a command gets its own as one value."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click
from msgspec import Struct

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


def structs_of(command: Callable[..., None]) -> dict[str, type[Struct]]:
    """Return the parameters of a command's function that take options as one value."""
    hints = command.__annotations__.items()
    return {
        name: hint for name, hint in hints if isinstance(hint, type) and issubclass(hint, Struct)
    }


def with_structs(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command's function its options as the structs that it takes.

    `@click.option("--strict", "is_strict", …)` is the field `is_strict` of the struct that has such
    a field, and a parameter of the function otherwise.
    """

    @wraps(command)
    def filled(**given: Any) -> None:
        filled_in = {
            name: struct(**{f: given.pop(f) for f in struct.__struct_fields__ if f in given})
            for name, struct in structs_of(command).items()
        }
        command(**given, **filled_in)

    return filled
