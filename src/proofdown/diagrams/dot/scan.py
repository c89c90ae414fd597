"""Find the offsets of graphs and connections in a DOT text, which Graphviz does not report.

The text is split into tokens by the grammar at https://graphviz.org/doc/info/lang.html, which
suffices to point at a line. The graph itself comes from Graphviz.
"""

import re
from collections.abc import Iterator

from msgspec import Struct

from proofdown.diagrams.model.graph import EdgeText

_TOKEN = re.compile(
    r"(?P<skip>\s+|//[^\n]*|/\*.*?(?:\*/|\Z)|^\#[^\n]*)"
    r"|(?P<quoted>\"(?:[^\"\\]|\\.)*\")"
    r"|(?P<id>[^\W\d]\w*|-?(?:\.\d+|\d+(?:\.\d*)?)|\w+)"
    r"|(?P<edge>->|--)"
    r"|(?P<mark>.)",
    re.DOTALL | re.MULTILINE,
)
_KEYWORDS = ("strict", "graph", "digraph", "node", "edge", "subgraph")


class _Token(Struct, frozen=True, kw_only=True):
    text: str
    kind: str
    start: int
    end: int


def find_edges(text: str) -> tuple[EdgeText, ...]:
    """Return the connections in a DOT text; `a -> {b c}` and `a -> b -> c` have two each."""
    tokens = list(_tokens(text))
    found: list[EdgeText] = []
    for index, token in enumerate(tokens):
        if token.kind == "edge":
            tails = _ends_before(tokens, index)
            heads = _ends_after(tokens, index)
            found += (
                EdgeText(tail=tail.text, head=head.text, start=tail.start, end=head.end)
                for tail in tails
                for head in heads
            )
    return tuple(found)


def find_graphs(text: str) -> tuple[tuple[int, int], ...]:
    """Return the start and end of the word `graph` or `digraph` that begins each graph."""
    found: list[tuple[int, int]] = []
    depth = 0
    for token in _tokens(text):
        depth += {"{": 1, "}": -1}.get(token.text, 0) if token.kind == "mark" else 0
        is_first = token.kind == "keyword" and token.text.lower() in ("graph", "digraph")
        if is_first and depth == 0:
            found.append((token.start, token.end))
    return tuple(found)


def _tokens(text: str) -> Iterator[_Token]:
    """Yield ids, edge operators and punctuation, without attribute lists and HTML-like texts."""
    position, depth = 0, 0
    while found := _TOKEN.match(text, position):
        position = found.end()
        kind = found.lastgroup or "mark"
        if found["mark"] == "<":
            position = _end_of_html(text, found.start())
        elif found["mark"] == "[":
            depth += 1
        elif found["mark"] == "]":
            depth -= 1
        elif kind != "skip" and depth == 0:  # in an attribute list, nothing is a node or an edge
            name = found[0]
            if kind == "quoted":
                name, kind = name[1:-1].replace('\\"', '"'), "id"
            elif kind == "id" and name.lower() in _KEYWORDS:
                kind = "keyword"
            yield _Token(text=name, kind=kind, start=found.start(), end=found.end())


def _end_of_html(text: str, start: int) -> int:
    depth = 0
    for found in re.finditer("[<>]", text[start:]):
        depth += 1 if found[0] == "<" else -1
        if depth == 0:
            return start + found.end()
    return len(text)


def _ends_before(tokens: list[_Token], index: int) -> list[_Token]:
    """Return the nodes before an edge operator: one id, or the ids of a subgraph."""
    index -= 1
    while index >= 2 and tokens[index - 1].text == ":":  # a port: `a:port:ne -> b`
        index -= 2
    if index >= 0 and tokens[index].text == "}":
        ends = []
        depth = 0
        while index >= 0:
            depth += {"}": 1, "{": -1}.get(tokens[index].text, 0)
            if depth == 0:
                break
            if tokens[index].kind == "id":
                ends.append(tokens[index])
            index -= 1
        return ends[::-1]
    return [tokens[index]] if index >= 0 and tokens[index].kind == "id" else []


def _ends_after(tokens: list[_Token], index: int) -> list[_Token]:
    """Return the nodes after an edge operator: one id, or the ids of a subgraph."""
    index += 1
    # Skip `subgraph` and its name.
    while index < len(tokens) and (
        tokens[index].text == "subgraph"
        or (index and tokens[index - 1].text == "subgraph" and tokens[index].text != "{")
    ):
        index += 1
    if index < len(tokens) and tokens[index].text == "{":
        ends = []
        depth = 0
        while index < len(tokens):
            depth += {"{": 1, "}": -1}.get(tokens[index].text, 0)
            if depth == 0:
                break
            if tokens[index].kind == "id":
                ends.append(tokens[index])
            index += 1
        return ends
    return [tokens[index]] if index < len(tokens) and tokens[index].kind == "id" else []
