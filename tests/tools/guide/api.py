"""Libvirt's own description of its functions, flags and parameters, as the package installs it."""

import re
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from tests.tools.lab.recording import Row

API = Path("/usr/share/libvirt/api/libvirt-api.xml")

KINDS = {
    "migrating": re.compile(r"virDomainMigrate(ToURI)?\d?"),
    "running": re.compile(
        r"virDomain(AbortJob\w*|GetJob(Info|Stats)|Migrate((Get|Set)\w+|StartPostCopy))"
        r"|virConnectDomainEventRegisterAny"
    ),
    "saving": re.compile(r"virDomain(Save|Restore|ManagedSave)\w*"),
}
"""The purposes of functions: to migrate, to control a running migration, to save to a file."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """A flag, parameter or function of the library."""

    name: str
    since: str
    """The version that introduced it."""


@dataclass(frozen=True, slots=True)
class Api:
    """The part of the library that concerns migration."""

    flags: dict[int, Symbol]
    """Flags of migration by value."""
    parameters: dict[str, Symbol]
    """Parameters of migration by their text value, such as `migrate_uri`."""
    functions: tuple[Symbol, ...]


def load_api() -> Api:
    """Return the library's description.

    Raises:
        FileNotFoundError: it is not installed.
    """
    tree = ElementTree.parse(API).getroot()  # noqa: S314 - written by the package
    flags = {
        int(enum.attrib["value"]): Symbol(enum.attrib["name"], enum.attrib["version"])
        for enum in tree.iter("enum")
        if enum.get("type") == "virDomainMigrateFlags"
    }
    parameters = {
        macro.attrib["string"]: Symbol(macro.attrib["name"], macro.attrib["version"])
        for macro in tree.iter("macro")
        if macro.attrib["name"].startswith("VIR_MIGRATE_PARAM_")
    }
    functions = (
        Symbol(function.attrib["name"], function.attrib["version"])
        for function in tree.iter("function")
        if "version" in function.attrib
    )
    return Api(flags, parameters, tuple(functions))


def record_functions(kind: str) -> list[Row]:
    """Return a row for each of libvirt's functions of a kind."""
    return [
        Row({"Function": function.name, "Since": function.since})
        for function in load_api().functions
        if KINDS[kind].fullmatch(function.name)
    ]
