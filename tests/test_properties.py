"""What must hold for any input: Hypothesis looks for one for which it does not."""

import re
from collections.abc import Callable
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from posixpath import normpath
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from proofdown.addresses import encode_path, output_path, page_address, relative_href
from proofdown.build.report.text import first_line
from proofdown.content.frontmatter import split_head
from proofdown.diagnostics import Diagnostic, Report, Severity
from proofdown.markup.html.tags import find_tags
from proofdown.markup.masking import mask_code, mask_fences
from proofdown.source import Location, Source, decode
from support import Project

CONCISE = re.compile(
    r"(?P<path>.+?)(?::(?P<line>\d+))?(?::(?P<column>\d+))?: "
    r"(?P<level>error|warning|note)\[(?P<code>[a-z]+(?:-[a-z]+)*)\]: (?P<message>.+)"
)
MARKDOWN = st.lists(
    st.sampled_from(
        [
            *("```", "~~~", "`", "``", "\n", "\n\n", "<!--", "-->", "<pre>", "</pre>", "text"),
            *("</code>", "<script>", "</script>", "    ", "- ", "> ", "\\", "é", "---\n", "..."),
            "<code a='b'>",
        ]
    )
    | st.text(max_size=5),
    max_size=30,
).map("".join)
NAMES = st.text(st.sampled_from("abcA-_.~ éß#?%&+:=@!$'()*,漢"), min_size=1, max_size=6).filter(
    lambda name: name.strip(".") == name and name.strip() == name
)
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
ADDRESSES = st.just("") | PATHS | PATHS.map(lambda path: path + "/")


def _often(count: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    checks = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    return settings(
        max_examples=count, derandomize=True, deadline=None, suppress_health_check=checks
    )


@given(MARKDOWN)
@_often(300)
@example("---\n---\n")
@example("---\n---")
@example("---\na: b\n...\nx")
def test_head_and_body_are_the_whole_text(text: str) -> None:
    start, end, body = split_head(Source("a.md", text), Report())
    between = text[:start] + text[end:body]
    assert text[:start] + text[start:end] + text[end:body] + text[body:] == text
    assert re.fullmatch(r"(---[ \t]*\n((---|\.\.\.)[ \t]*\n?)?)?", between)


@given(MARKDOWN, st.data())
@_often(300)
def test_an_offset_becomes_a_line_and_column_and_back(text: str, data: st.DataObject) -> None:
    source = Source("a.md", text)
    offset = data.draw(st.integers(0, max(0, len(text) - 1)))
    location = source.location(offset)
    assert source.offset(location.line - 1, location.column - 1) == offset
    assert (
        text.split("\n")[location.line - 1][: location.column - 1]
        == source.line_text(location.line)[: location.column - 1]
    )


@given(MARKDOWN)
@_often(400)
@pytest.mark.parametrize("mask", [mask_code, mask_fences])
def test_masking_keeps_the_length_and_the_line_breaks(
    mask: Callable[[str], str], text: str
) -> None:
    masked = mask(text)
    assert [len(line) for line in masked.split("\n")] == [len(line) for line in text.split("\n")]
    assert all(m in (" ", c) for m, c in zip(masked, text, strict=True))


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        first: dict[str, str] = {}
        for name, value in attrs:
            first.setdefault(name, value or "")
        if first and list(first) != ["class"]:
            self.found.append((tag, first))


_VALUE = st.text(st.sampled_from("ab /&<>'\"=\n#?éß"), max_size=8)


@st.composite
def _attributes(draw: st.DrawFn) -> str:
    parts = []
    for name in draw(
        st.lists(st.sampled_from(["href", "class", "ID", "data-x", "alt"]), max_size=3)
    ):
        value = draw(_VALUE)
        style = draw(st.sampled_from(["double", "single", "bare", "none"]))
        if style == "double":
            parts.append(f' {name}="{escape(value)}"')
        elif style == "single":
            parts.append(f" {name}='{escape(value)}'")
        elif style == "bare" and re.fullmatch(r"[ab#?éß]+", value):
            parts.append(f" {name}={value}")
        else:
            parts.append(f" {name}")
    return "".join(parts)


@st.composite
def _html(draw: st.DrawFn, depth: int = 3) -> str:
    pieces = []
    for _ in range(draw(st.integers(0, 3))):
        kind = draw(st.sampled_from(["text", "element", "void", "comment", "script"]))
        if kind == "text":
            pieces.append(escape(draw(_VALUE)))
        elif kind == "comment":
            pieces.append(f"<!-- {draw(st.sampled_from(['<a href=x>', 'x', '--', '>']))} -->")
        elif kind == "script":
            pieces.append(f"<script{draw(_attributes())}>if (a<b) '<a href=x>'</script>")
        elif kind == "void":
            pieces.append(f"<{draw(st.sampled_from(['img', 'br', 'IMG']))}{draw(_attributes())}>")
        elif depth:
            name = draw(st.sampled_from(["a", "p", "DIV", "h1"]))
            pieces.append(f"<{name}{draw(_attributes())}>{draw(_html(depth - 1))}</{name}>")
    return "".join(pieces)


@given(_html())
@_often(300)
def test_tags_are_found_as_a_parser_finds_them(html: str) -> None:
    parser = _Tags()
    parser.feed(html)
    parser.close()
    found = [
        (tag.name, {name: attribute.value for name, attribute in tag.attributes.items()})
        for tag in find_tags(html)
    ]
    assert [pair for pair in found if list(pair[1]) != ["class"]] == parser.found


@given(_html())
@_often(200)
def test_an_attributes_offsets_enclose_its_value(html: str) -> None:
    for tag in find_tags(html):
        assert html[tag.start] == "<"
        assert html[tag.end - 1] == ">"
        for attribute in tag.attributes.values():
            assert (
                Source("", html[attribute.start : attribute.end]).text
                == (html[attribute.start : attribute.end])
            )
            assert tag.start <= attribute.start <= attribute.end <= tag.end


@given(ADDRESSES, ADDRESSES)
@_often(400)
@example("a:b/", "a:c/")
@example("", "a:b")
@example("a/b", "a")
def test_a_relative_link_leads_to_its_target(start: str, target: str) -> None:
    base = "https://example.org/docs/"
    here = base + encode_path(start).removeprefix("./")
    joined = urljoin(here, relative_href(start, target))
    assert unquote(joined) == unquote(base + encode_path(target).removeprefix("./"))


@given(PATHS.map(lambda path: path + ".md"), PATHS.map(lambda path: path + ".md"))
@_often(200)
def test_two_pages_have_two_outputs(one: str, other: str) -> None:
    outputs = {output_path(page_address(path)) for path in (one, other)}
    assert len(outputs) == len({one, other})


@given(st.binary(max_size=40))
@_often(200)
def test_decoded_text_has_plain_line_ends(data: bytes) -> None:
    try:
        text = decode(data)
    except UnicodeDecodeError:
        return
    assert "\r" not in text


@given(
    st.from_regex(r"[a-zé][a-zé/ -]{0,8}\.(md|dot)", fullmatch=True),
    st.integers(0, 99),
    st.integers(0, 99),
    st.sampled_from(Severity),
    st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=20),
)
@_often(200)
def test_a_concise_line_reads_back(
    path: str, line: int, column: int, level: Severity, message: str
) -> None:
    column = column if line else 0
    location = Location(path, line, column)
    found = CONCISE.fullmatch(
        first_line(Diagnostic("some-code", message, location, severity=level))
    )
    assert found
    assert (found["path"], int(found["line"] or 0), int(found["column"] or 0)) == (
        path,
        line,
        column,
    )
    assert (found["level"], found["code"], found["message"]) == (level, "some-code", message)


WORDS = st.sampled_from(
    ["Ports", "URIs", "Größe", "A & B", "`code`", "*x*", "Ports", "Home", "1.5", ""]
)
BLOCKS = st.lists(
    st.sampled_from(
        [
            "Text.",
            "Note.[^1]\n\n[^1]: A note.",
            "| a | b |\n|---|---|\n| 1 | 2 |",
            "- [x] done\n- [ ] not",
            '=== "One"\n    a\n\n=== "Two"\n    b',
            "> [!NOTE]\n> x",
            '??? note "More"\n    x',
            '```python title="a.py"\nx = 1\n```',
            "![A](/../diagrams/a.dot)",
            "![B](/img/a%20b.png)",
            "[up](/index.md) [data](/img/a%20b.png) [all](/guide/)",
            '<a href="/guide/a b.md#top">x</a>',
        ]
    ),
    max_size=4,
)


@st.composite
def _page(draw: st.DrawFn) -> str:
    parts = ["# " + (draw(WORDS) or "T")]
    for word in draw(st.lists(WORDS, max_size=3)):
        parts += [f"## {word or 'x'}", *draw(BLOCKS)]
    return "\n\n".join(parts) + "\n"


SITES = st.fixed_dictionaries(
    {
        "content/index.md": _page(),
        "content/guide/README.md": _page(),
        "content/guide/a b.md": _page(),
        "content/guide/deep/c#d.md": _page(),
        "content/guide/é/index.md": _page(),
    }
)


def _hrefs(html: str) -> list[str]:
    return [
        attribute.value
        for tag in find_tags(html)
        for name, attribute in tag.attributes.items()
        if name in ("href", "src") and not urlsplit(attribute.value).scheme
    ]


def _output_of(page: str, href: str) -> str:
    path = unquote(urlsplit(href).path)
    if not path:
        return page
    joined = (
        normpath(f"{page.rpartition('/')[0]}/{path}".lstrip("/")) if path[0] != "/" else path[1:]
    )
    is_folder = path.endswith("/") or joined in (".", "")
    return normpath(f"{joined or '.'}/index.html") if is_folder else joined


@given(SITES)
@_often(25)
def test_every_link_of_a_built_site_leads_to_a_file_and_ids_are_unique(
    tmp_path: Path, pages: dict[str, str]
) -> None:
    project = Project(tmp_path)
    pages = pages | {"content/index.md": pages["content/index.md"] + "\n![A](/../diagrams/a.dot)\n"}
    project.write(
        {
            "proofdown.yml": "title: T\nchecks: {duplicate-anchor: off, unused-asset: off}\n",
            "content/img/a b.png": "1",
            "diagrams/a.dot": "digraph { a -> b }",
            **{
                path: text.replace("(/../", "(" + "../" * (path.count("/")))
                for path, text in pages.items()
            },
        }
    )
    result = project.build()
    assert [line for line in result.diagnostics if "error[" in line] == []
    outputs = project.tree()
    html = {path: data.decode() for path, data in outputs.items() if path.endswith(".html")}
    lost = [
        (page, href)
        for page, text in html.items()
        for href in _hrefs(text)
        if _output_of(page, href) not in outputs
    ]
    ids = {page: re.findall(r'\sid="([^"]*)"', text) for page, text in html.items()}
    twice = [
        (page, id_) for page, found in ids.items() for id_ in set(found) if found.count(id_) > 1
    ]
    assert (lost, twice) == ([], [])
