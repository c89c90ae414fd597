"""What a language of diagrams gives; nothing outside this room knows more of one."""

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


class Drawn(Struct, frozen=True):
    """What a program made of one diagram, whether it succeeded or not."""

    exit_code: int
    errors: str
    """What it printed on standard error."""
    svg: str = ""
    """Empty if it failed."""
    description: str = ""
    """The diagram in whatever form its language reads the graph from."""
    png: bytes = b""
    fault: str = ""
    """Why nothing came out, if the program did not say so itself."""
    is_over_limit: bool = False
    """Whether that is because it would have taken more than `diagrams:` in the settings allows."""


class DiagramLanguage(Protocol):
    """A language that diagrams are written in.

    To add one, write a class with these members and list it in `languages.LANGUAGES`.
    """

    name: str
    """What the language calls itself; part of the cache's key."""
    suffixes: tuple[str, ...]
    """How the names of its files end, in small letters, as in `.dot`."""
    media_type: str
    """The content type that hosts serve its files with."""

    def find_program(self, config: Config) -> Program:
        """Return the program that draws.

        Raises:
            ToolError: it is not installed.
        """

    def draw(self, program: Program, settings: DiagramSettings, text: str) -> Drawn:
        """Draw a diagram within the limits of the settings."""

    def diagnose(self, drawn: Drawn, source: Source) -> Iterator[Diagnostic]:
        """Yield what is wrong with a diagram that the program read, at its lines."""

    def read_graph(self, description: str) -> Graph:
        """Return what a diagram says, by the description that came with its drawing."""

    def find_edges(self, text: str) -> tuple[EdgeText, ...]:
        """Return where the connections in a text are, in the order of their text."""

    def mark(self, svg: str, graph: Graph, marks: Marks) -> str:
        """Return an unsanitised drawing with a class more on each marked node and line."""
