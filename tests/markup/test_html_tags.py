"""HTML tags are found as a parser finds them."""

import re
from html import escape
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from proofdown.markup.html.tags import EndTag, find_tags, find_tags_and_ends
from proofdown.markup.html.text import find_headings, text_on_one_line, text_without_code
from proofdown.source import Source
from tests.support.generated import often


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


class _EndTags(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_endtag(self, tag: str) -> None:
        if tag != "script":
            self.found.append(tag)


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
@often(300)
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
@often(200)
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


@given(_html())
@often(200)
def test_end_tags_are_found_as_a_parser_finds_them_and_start_tags_do_not_change(
    html: str,
) -> None:
    parser = _EndTags()
    parser.feed(html)
    parser.close()
    found = list(find_tags_and_ends(html))
    ends = [tag for tag in found if isinstance(tag, EndTag)]
    assert [tag.name for tag in ends] == parser.found
    assert all(html[tag.start : tag.end].lower() == f"</{tag.name}>" for tag in ends)
    assert [tag for tag in found if not isinstance(tag, EndTag)] == list(find_tags(html))


def test_the_text_of_html_is_what_readers_see() -> None:
    html = "<p>a <b>b</b>c</p><tr><td>d &lt; e</td>\n<td><code>f</code></td></tr>"
    assert text_on_one_line(html) == "a bc d < e · f"
    assert text_without_code(html) == "a bcd < e\n"


def test_headings_are_found_with_their_anchors() -> None:
    html = '<h1>no</h1><h2 class="x" id="a&amp;b">A <b>B</b></h2><p>c</p><h3 id="d">D</h3>'
    found = [(one.anchor, one.html, html[one.start : one.end]) for one in find_headings(html)]
    assert found == [
        ("a&b", "A <b>B</b>", '<h2 class="x" id="a&amp;b">A <b>B</b></h2>'),
        ("d", "D", '<h3 id="d">D</h3>'),
    ]
