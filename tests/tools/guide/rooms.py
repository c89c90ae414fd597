"""The rooms of the package and which room imports which, as the manual draws and lists them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import proofdown
from tests.tools.guide.imports import PACKAGE, load_imports, room_of
from tests.tools.lab.recording import Row

GROUND = "ground"
"""The manual's name for the modules that are in no room's folder."""

_ROOM = re.compile(r"^    ([a-z][a-z, ]*?)(?: {2,}\S.*)?$", re.MULTILINE)
_MAP = _ROOM.findall(proofdown.__doc__ or "")

GROUND_MODULES: list[str] = _MAP[0].split(", ")
ROOMS: list[str] = _MAP[1:]
"""The rooms in the order of the map in the package's docstring, each below the next."""


def record_rooms(package: Path = PACKAGE) -> dict[str, list[Row]]:
    """Return the connections of the drawing, and a row of the table for each room.

    The rows have every import; the connections only those that no others imply.
    """
    imports = room_imports(package)
    order = [room for room in (GROUND, *ROOMS) if room in imports]
    order += sorted(imports.keys() - order)
    drawn = drawn_imports(imports, order)
    return {
        "connections": [
            Row({"from": room, "to": other})
            for room in reversed(order)
            for other in reversed(order)
            if other in drawn[room]
        ],
        "rows": [
            Row({"Room": room, "Imports": _listed(o for o in order if o in imports[room])})
            for room in order
        ],
    }


def room_imports(package: Path = PACKAGE) -> dict[str, set[str]]:
    """Return, for each room and the ground, the others that a module of it imports."""
    found: dict[str, set[str]] = {}
    for module, imported in load_imports(package).items():
        room = _room_or_ground(module)
        others = {_room_or_ground(name) for name in imported}
        found.setdefault(room, set()).update(others - {room})
    return found


def drawn_imports(imports: Mapping[str, set[str]], order: Sequence[str]) -> dict[str, set[str]]:
    """Return the imports except those that a longer path downwards implies.

    Args:
        imports: The imports of each room.
        order: The rooms, the lowest first. An upward import is never left out, and implies
            nothing; otherwise it would change the drawing of every edge on its cycle.
    """
    height = {room: number for number, room in enumerate(order)}
    down = {
        room: {other for other in others if height[other] < height[room]}
        for room, others in imports.items()
    }
    return {
        room: {other for other in others if not _is_implied(down, room, other)}
        for room, others in imports.items()
    }


def _is_implied(down: Mapping[str, set[str]], room: str, other: str) -> bool:
    """Return whether a room reaches another downwards without importing it itself."""
    seen: set[str] = set()
    left = list(down[room] - {other})
    while left:
        name = left.pop()
        if name not in seen:
            seen.add(name)
            left += down[name]
    return other in seen


def _room_or_ground(module: str) -> str:
    return room_of(module) if "." in module else GROUND


def _listed(rooms: Iterable[str]) -> str:
    return ", ".join(rooms) or "nothing"
