"""The settings `diagrams` and `budget`: how diagrams are drawn, and the limits of a page."""

from collections.abc import Iterator
from typing import Annotated

from msgspec import Struct
from msgspec.structs import replace

from proofdown.config.values import read_number, read_program
from proofdown.fields import describe
from proofdown.keys import Entry, Key, read_struct
from proofdown.runtime.workers.budget import Budget
from proofdown.yamltree import Scalar

_Attributes = tuple[tuple[str, str], ...]


def _read_attributes(entry: Entry) -> _Attributes:
    found: list[tuple[str, str]] = []
    for name, value in entry.fields.mapping(entry.key) or ():
        if isinstance(value, Scalar):
            found.append((name.text, value.text))
        else:
            entry.fault(f"`{name.text}` is {describe(value)}, not a text", value.location)
    return tuple(found)


class DiagramSettings(Struct, frozen=True):
    """How diagrams are drawn."""

    program: Annotated[str, Key(read_program)] = "graphviz-pure"
    """The program that draws: `graphviz-pure` comes with Proofdown; `dot` is the system's."""
    graph: Annotated[_Attributes, Key(_read_attributes)] = ()
    """Default attributes of every graph; `node` and `edge` have those of nodes and edges."""
    node: Annotated[_Attributes, Key(_read_attributes)] = ()
    edge: Annotated[_Attributes, Key(_read_attributes)] = ()
    seconds: Annotated[int, Key(read_number)] = 10
    """How long drawing one diagram may take."""
    megabytes: Annotated[int, Key(read_number)] = 512
    """How much memory drawing one diagram may take."""

    def without_attributes(self) -> "DiagramSettings":
        """Return the same program and limits for a diagram that has its own style."""
        return replace(self, graph=(), node=(), edge=())

    @property
    def defaults(self) -> Iterator[tuple[str, str, str]]:
        """Default attributes as (`graph`, `node` or `edge`, name, value)."""
        for kind, attributes in (("graph", self.graph), ("node", self.node), ("edge", self.edge)):
            yield from ((kind, name, value) for name, value in attributes)


def read_diagrams(entry: Entry) -> DiagramSettings | None:
    """Return the settings of diagrams."""
    fields = entry.fields.fields(entry.key)
    return read_struct(DiagramSettings, fields, "a setting of diagrams") if fields else None


def read_budget(entry: Entry) -> Budget | None:
    """Return the limits of one page."""
    fields = entry.fields.fields(entry.key)
    if fields is None:
        return None
    # `Budget` declares no keys, because the runtime does not know the settings.
    names = ("seconds", "megabytes")
    given = {name: read_number(Entry(fields, name)) for name in names}
    fields.reject_unknown("a part of the budget of a page")
    return Budget(**{name: number for name, number in given.items() if number})
