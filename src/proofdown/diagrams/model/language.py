"""The interface of a diagram language, which is all that other rooms know about it."""

from collections.abc import Iterator
from typing import Protocol

from msgspec import Struct

from proofdown.config.diagrams import DiagramSettings
from proofdown.config.model import Config
from proofdown.diagnostics import Diagnostic
from proofdown.diagrams.model.graph import EdgeText, Graph, Marks
from proofdown.source import Source


class Program(Struct, frozen=True):
    """The program that draws the diagrams of a language."""

    name: str
    """What messages call it."""
    file: str
    """Its path; empty if this package draws the language itself."""
    version: str
    """Differs between any two programs that may draw differently; part of the cache's key."""


class Drawn(Struct, frozen=True, kw_only=True):
    """The result of drawing one diagram, whether it succeeded or not."""

    exit_code: int
    errors: str
    """The program's standard error."""
    svg: str = ""
    """Empty if it failed."""
    description: str = ""
    """The diagram in the form from which its language reads the graph."""
    png: bytes = b""
    fault: str = ""
    """Why there is no drawing, if the program did not report it itself."""
    is_over_limit: bool = False
    """Whether the reason is a limit that `diagrams:` in the settings sets."""


class DiagramLanguage(Protocol):
    """A language of diagrams.

    To add one, write a class with these members and list it in `languages.LANGUAGES`.
    """

    name: str
    """Name of the language; part of the cache key."""
    suffixes: tuple[str, ...]
    """Suffixes of its files in lower case, as in `.dot`."""
    media_type: str
    """The media type with which hosts serve its files."""

    def find_program(self, config: Config) -> Program:
        """Return the program that draws.

        Raises:
            ToolError: it is not installed.
        """

    def draw(self, program: Program, settings: DiagramSettings, text: str) -> Drawn:
        """Draw a diagram within the limits of the settings."""

    def diagnose(self, drawn: Drawn, source: Source) -> Iterator[Diagnostic]:
        """Yield what is wrong with a diagram that the program read, at its locations."""

    def read_graph(self, description: str) -> Graph:
        """Return the graph of a diagram, given the description that came with its drawing."""

    def find_edges(self, text: str) -> tuple[EdgeText, ...]:
        """Return the locations of the connections in a text, in their order."""

    def mark(self, svg: str, graph: Graph, marks: Marks) -> str:
        """Return an unsanitised drawing with an additional class on each marked node and line."""
