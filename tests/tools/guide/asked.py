"""Recording: the library calls of `virsh migrate` for each of its options.

Each option is given once, for a guest of libvirt's test driver, which migrates nothing. The library
logs which function was called with which flags and parameters; the recording contains that.
"""

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.tools.lab.recording import Row

from .api import Api, load_api

ALONE = "virsh alone"
"""The text in place of a flag if the library is not called."""

_URI = "test:///default"
_LOG = {"LIBVIRT_DEBUG": "1", "LIBVIRT_LOG_FILTERS": "1:libvirt.domain 4:*"}
_OPTION = re.compile(r"^    \[?--(?P<name>[\w-]+)\]?(?: <(?P<value>\w+)>)?  ", re.MULTILINE)
_CALL = re.compile(r"debug : (?P<function>virDomainMigrate\w+):\d+ : dom=.* flags=(?P<flags>\w+)")
_PARAMETER = re.compile(r"params\[\"(?P<name>[^\"]+)\"\]=")
_VALUES = {"string": "text", "number": "number", None: "none"}

# What an option needs beside it, or `virsh` refuses the command before it asks for anything.
_NEEDS = {
    "copy-storage-synchronous-writes": ("--copy-storage-all",),
    "persistent-xml": ("--persistent",),
    "postcopy-after-precopy": ("--postcopy",),
    "postcopy-resume": ("--postcopy",),
    "timeout": ("--live",),
    "timeout-postcopy": ("--live", "--timeout", "9", "--postcopy"),
    "timeout-suspend": ("--live", "--timeout", "9"),
    "tls-destination": ("--tls",),
}


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the library."""

    function: str
    flags: int
    parameters: frozenset[str]


def record_options() -> list[Row]:
    """Return a row for each option: its value, and the flag or parameter that it sets.

    Raises:
        FileNotFoundError: libvirt's API description is not installed.
        ValueError: the library was not called.
    """
    api = load_api()
    with TemporaryDirectory() as folder:
        return [Row(row) for row in _rows(api, folder)]


def _rows(api: Api, folder: str) -> Iterator[dict[str, object]]:
    text = _virsh("help", "migrate").stdout
    for found in _OPTION.finditer(text):
        name = found["name"]
        if name in ("domain", "desturi"):
            symbol, since = "an argument of the function", ""
        else:
            symbol, since = _asked(api, name, _words(name, found["value"], folder))
        yield {
            "Option": f"--{name}",
            "Value": _VALUES[found["value"]],
            "Flag or parameter": symbol,
            "Since": since or "not said",
        }


def _words(name: str, value: str | None, folder: str) -> tuple[str, ...]:
    """Return an option with a valid value."""
    if value is None:
        return (f"--{name}",)
    if name.endswith("xml"):
        path = Path(folder) / "guest.xml"
        path.write_text(_virsh("dumpxml", "test").stdout, encoding="utf-8")
        return (f"--{name}", str(path))
    return (f"--{name}", "1" if value == "number" else "xbzrle")


def _asked(api: Api, name: str, words: tuple[str, ...]) -> tuple[str, str]:
    """Return the flag, parameter or other function that an option sets, and its version."""
    needs = _NEEDS.get(name, ())
    before, after = _call(*needs), _call(*needs, *words)
    for flag, symbol in api.flags.items():
        if flag & after.flags & ~before.flags:
            return symbol.name, symbol.since
    for parameter in after.parameters - before.parameters:
        return api.parameters[parameter].name, api.parameters[parameter].since
    if after.function != before.function:
        return after.function, next(f.since for f in api.functions if f.name == after.function)
    return ALONE, ""


def _call(*options: str) -> Call:
    """Return the library call of `virsh migrate`.

    `virsh` is stopped as soon as the call is known: 9.0.0 may wait forever after a failed call.
    """
    process = subprocess.Popen(
        ["virsh", "-c", _URI, "migrate", *options, "test", _URI],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | _LOG | {"LIBVIRT_LOG_OUTPUTS": "1:stderr", "LC_ALL": "C"},
    )
    assert process.stderr is not None
    called, parameters, said = None, set[str](), ""
    with process.stderr as lines:
        for line in lines:
            said += line
            called = called or _CALL.search(line)
            parameters |= {found["name"] for found in _PARAMETER.finditer(line)}
            if called and "error :" in line:
                break
    process.kill()
    process.wait()
    if called is None:
        raise ValueError(f"nothing was asked with {' '.join(options)}: {said}")
    return Call(called["function"], int(called["flags"], 16), frozenset(parameters))


def _virsh(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["virsh", "-c", _URI, *words], check=True, text=True, capture_output=True)
