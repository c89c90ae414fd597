"""Each option of the command line is exactly one parameter or field in the code."""

import inspect
from collections import Counter
from importlib import import_module

import click
import pytest

from proofdown.cli.main import COMMANDS
from proofdown.cli.options import structs_of

FUNCTIONS = [getattr(import_module(f"proofdown.cli.commands.{name}"), name) for name in COMMANDS]


def places_of(command: click.Command) -> Counter[str]:
    """Return the parameters of a command's function, with each struct replaced by its fields."""
    assert command.callback is not None
    function = inspect.unwrap(command.callback)
    structs = structs_of(function)
    places = Counter(name for name in inspect.signature(function).parameters if name not in structs)
    places.update(field for struct in structs.values() for field in struct.__struct_fields__)
    return places


@pytest.mark.parametrize("command", FUNCTIONS, ids=COMMANDS)
def test_every_option_is_a_parameter_or_a_field_of_one(command: click.Command) -> None:
    places = places_of(command)
    assert [p.name for p in command.params if places[p.name or ""] != 1] == []


@pytest.mark.parametrize("command", FUNCTIONS, ids=COMMANDS)
def test_every_parameter_of_a_command_is_an_option(command: click.Command) -> None:
    function = inspect.unwrap(command.callback or places_of)
    own = inspect.signature(function).parameters.keys() - structs_of(function).keys()
    assert sorted(own - {p.name for p in command.params}) in ([], ["context"])


@pytest.mark.parametrize("command", FUNCTIONS, ids=COMMANDS)
def test_every_flag_is_a_field_that_is_false_by_default(command: click.Command) -> None:
    function = inspect.unwrap(command.callback or places_of)
    defaults: dict[str, object] = {}
    for struct in structs_of(function).values():
        given = struct.__struct_defaults__
        defaults |= zip(struct.__struct_fields__[-len(given) :], given, strict=True)
    flags = [p.name or "" for p in command.params if isinstance(p, click.Option) and p.is_flag]
    assert [name for name in flags if defaults.get(name, False) is not False] == []
