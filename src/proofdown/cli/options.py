"""Options that commands share, and a decorator that passes options as structs."""

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
    help="Folder of the site (with proofdown.yml), or any folder inside it.",
)


def check_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that every command that checks a site has."""
    for option in (
        site_option,
        click.option(
            "--format",
            "-f",
            "format_",
            type=click.Choice(_FORMATS),
            default="text",
            help="Output format of the report.",
        ),
        click.option("--strict", "is_strict", is_flag=True, help="Count warnings as errors."),
        click.option(
            "--require-coverage",
            "needs_coverage",
            is_flag=True,
            help="Fail if anything is unclaimed or unjudged.",
        ),
    ):
        command = option(command)
    return command


def structs_of(command: Callable[..., None]) -> dict[str, type[Struct]]:
    """Return the parameters of a command's function that are structs of options."""
    hints = command.__annotations__.items()
    return {
        name: hint for name, hint in hints if isinstance(hint, type) and issubclass(hint, Struct)
    }


def with_structs(command: Callable[..., None]) -> Callable[..., None]:
    """Pass a command's options to its function as the structs that it declares.

    `@click.option("--strict", "is_strict", …)` sets the field `is_strict` of the struct that has
    one, or else the function's parameter of that name.
    """

    @wraps(command)
    def call(**given: Any) -> None:
        structs = {
            name: struct(**{f: given.pop(f) for f in struct.__struct_fields__ if f in given})
            for name, struct in structs_of(command).items()
        }
        command(**given, **structs)

    return call
