"""The sanitiser: whatever Graphviz writes for a DOT text, a page gets shapes, texts and links."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from proofdown.diagrams.sanitize import NotSvgError, SafeSvg, sanitise_svg
from tests.support.project import Project

ELEMENTS = frozenset(
    "svg g a path polygon polyline ellipse circle rect line text tspan title desc defs "
    "lineargradient radialgradient stop".split()
)
SAFE_LINKS = ("http:", "https:", "mailto:", "#", "/", "page")


class _Page(HTMLParser):
    """Tokenizes HTML as a browser does, and collects everything that a browser could act on."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.other: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_comment(self, data: str) -> None:
        self.other.append(data)

    def handle_decl(self, decl: str) -> None:
        self.other.append(decl)

    def handle_pi(self, data: str) -> None:
        self.other.append(data)

    def unknown_decl(self, data: str) -> None:
        self.other.append(data)


def _read(html: str) -> _Page:
    page = _Page()
    page.feed(html)
    page.close()
    return page


def _unsafe_parts(html: str) -> list[str]:
    """Return everything in a piece of HTML that a drawing must not contain."""
    page = _read(html)
    found = [f"<{name}>" for name in page.elements if name not in ELEMENTS]
    for name, value in page.attributes:
        plain = re.sub(r"[\x00-\x20]", "", value).lower()
        if name.startswith("on") or name in ("style", "src", "xlink:href", "srcdoc"):
            found.append(name)
            continue
        is_bad_link = name == "href" and not plain.startswith(SAFE_LINKS)
        if is_bad_link or "javascript:" in plain or ("url(" in plain and "url(#p-" not in plain):
            found.append(f"{name}={value}")
    return [*found, *page.other]


def _sanitise(inner: str, before: str = "", attributes: str = "") -> SafeSvg:
    return sanitise_svg(
        f'{before}<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 20" {attributes} '
        f'xmlns:xlink="http://www.w3.org/1999/xlink">{inner}</svg>',
        "p-",
    )


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "&#106;avascript:alert(1)",
        "&#x6A;avascript:alert(1)",
        "java&#10;script:alert(1)",
        "java&#9;script:alert(1)",
        "java&#13;script:alert(1)",
        " javascript:alert(1)",
        "&#x20;&#x9;javascript:alert(1)",
        "javascript&#58;alert(1)",
        "vbscript:x",
        "data:text/html,&lt;script>alert(1)&lt;/script>",
        "file:///etc/passwd",
        "blob:https://example.org/1",
        "view-source:x",
        "https://[broken",
    ],
)
@pytest.mark.parametrize("attribute", ["href", "xlink:href"])
def test_a_link_with_an_unsafe_target_is_removed(attribute: str, href: str) -> None:
    svg = _sanitise(f'<g><a {attribute}="{href}"><text x="1">t</text></a></g>')
    assert svg.inner == '<g><text x="1">t</text></g>'
    assert len(svg.left_out) == 1
    assert not svg.has_links


@pytest.mark.parametrize(
    "href",
    ["https://example.org/?a=1&amp;b=2", "mailto:a@example.org", "#anchor", "/page", "page.md"],
)
def test_a_safe_link_is_kept(href: str) -> None:
    svg = _sanitise(f'<a xlink:href="{href}"><text>t</text></a>')
    assert svg.inner == f'<a href="{href}"><text>t</text></a>'
    assert svg.left_out == ()
    assert svg.has_links


def test_a_link_cannot_break_out_of_its_attribute() -> None:
    svg = _sanitise('<a href="https://example.org/&quot;onclick=&quot;alert(1)"><text>t</text></a>')
    page = _read(svg.inner)
    assert page.attributes == [("href", 'https://example.org/"onclick="alert(1)')]


@pytest.mark.parametrize(
    "inner",
    [
        "<script>alert(1)</script>",
        '<script href="https://example.org/x.js"/>',
        "<SCRIPT>alert(1)</SCRIPT>",
        '<foreignObject><body xmlns="http://www.w3.org/1999/xhtml"><b>x</b></body></foreignObject>',
        '<image xlink:href="https://example.org/x.png"/>',
        '<use xlink:href="other.svg#x"/>',
        "<style>@import url(https://example.org/x.css);</style>",
        '<animate attributeName="href" values="javascript:alert(1)"/>',
        '<set attributeName="onload" to="alert(1)"/>',
        '<iframe xmlns="http://www.w3.org/1999/xhtml" src="javascript:alert(1)"/>',
        '<html:script xmlns:html="http://www.w3.org/1999/xhtml">alert(1)</html:script>',
        '<x:a xmlns:x="urn:x" href="javascript:alert(1)"/>',
        '<math xmlns="http://www.w3.org/1998/Math/MathML"><mi>x</mi></math>',
        "<filter><feImage href='x.png'/></filter>",
        '<pattern><image href="x.png"/></pattern>',
    ],
)
def test_an_element_that_is_not_a_shape_is_left_out_with_its_content(inner: str) -> None:
    svg = _sanitise(f"<g>{inner}<text>t</text></g>")
    assert svg.inner == "<g><text>t</text></g>"
    assert len(svg.left_out) == 1


@pytest.mark.parametrize(
    "attribute",
    [
        'onclick="alert(1)"',
        'onload="alert(1)"',
        'ONLOAD="alert(1)"',
        'style="background:url(https://example.org/x)"',
        'tabindex="1"',
        'filter="url(#f)"',
        'clip-path="url(https://example.org/x#y)"',
        'mask="url(x)"',
        'fill="url(https://example.org/x#y)"',
        'fill="URL(https://example.org/x#y)"',
        'fill="red url(x)"',
        'stroke="&quot; onload=&quot;alert(1)"',
        'class="a&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"',
        'font-family="Times&quot; onmouseover=&quot;alert(1)"',
        'font-family="x\\22 onload"',
        "fill=\"'red'\"",
    ],
)
def test_an_attribute_that_is_not_purely_visual_is_left_out(attribute: str) -> None:
    svg = _sanitise(f'<path d="M0 0" {attribute}/>')
    assert svg.inner == '<path d="M0 0"></path>'


def test_attributes_of_the_svg_element_are_left_out() -> None:
    svg = _sanitise("<text>t</text>", attributes='onload="alert(1)" style="x"')
    assert (svg.inner, svg.view_box, svg.width, svg.height) == (
        "<text>t</text>",
        "0 0 10 20",
        10.0,
        20.0,
    )


def test_a_view_box_is_read_as_numbers() -> None:
    svg = sanitise_svg(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 &quot;x 5"><g/></svg>', "p-"
    )
    assert re.fullmatch(r"[\d.e+ -]+", svg.view_box)


def test_text_that_looks_like_markup_stays_text() -> None:
    text = "&lt;script&gt;alert(1)&lt;/script&gt; &amp;lt; ]]&gt;"
    svg = _sanitise(f"<text>{text}<tspan>{text}</tspan>{text}</text>")
    assert _read(svg.inner).elements == ["text", "tspan"]
    assert svg.left_out == ()


def test_text_outside_text_elements_is_left_out() -> None:
    assert _sanitise("loose<g>loose<path/>loose</g>loose").inner == "<g><path></path></g>"


@pytest.mark.parametrize(
    "inner",
    [
        "<!-- --><text>t</text>",
        "<?xml-stylesheet href='x.css'?><text>t</text>",
        "<![CDATA[<b>]]><text>t</text>",
    ],
)
def test_comments_instructions_and_cdata_are_left_out(inner: str) -> None:
    assert _sanitise(inner).inner == "<text>t</text>"


def test_a_document_type_and_its_entities_are_not_read() -> None:
    bomb = (
        '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">'
        '<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    )
    with pytest.raises(NotSvgError):
        _sanitise("<text>&x;</text>", before=bomb)


@pytest.mark.parametrize("text", ["", "no svg", "<svg", "<svg><g></svg>", "<svg>&gone;</svg>"])
def test_a_text_that_is_no_svg_is_refused(text: str) -> None:
    with pytest.raises(NotSvgError):
        sanitise_svg(text, "p-")


def test_ids_and_references_get_the_prefix() -> None:
    svg = _sanitise(
        '<defs><linearGradient id="g0"><stop offset="0" style="stop-color:red;stop-opacity:1.;"/>'
        '</linearGradient></defs><path id="node1" fill="url(#g0)"/>'
    )
    assert svg.inner == (
        '<defs><linearGradient id="p-g0"><stop offset="0" stop-color="red" stop-opacity="1"></stop>'
        '</linearGradient></defs><path fill="url(#p-g0)"></path>'
    )
    assert svg.left_out == ()


def test_deeply_nested_groups_are_read_or_refused() -> None:
    deep = 20_000
    with pytest.raises(NotSvgError):
        _sanitise("<g>" * deep + "<path/>" + "</g>" * deep)


ATTACKS = {
    "a link": 'digraph { a [URL="javascript:alert(1)"] }',
    "a link in character references": 'digraph { a [URL="&#106;avascript:alert(1)"] }',
    "a link with a line break": 'digraph { a [URL="java&#10;script:alert(1)"] }',
    "a link on an edge": 'digraph { a -> b [headURL="JAVASCRIPT:alert(1)", headlabel=x] }',
    "a link in a table": (
        'digraph { a [label=<<table href="javascript:alert(1)"><tr><td>x</td></tr></table>>] }'
    ),
    "a font": 'digraph { a [fontname="x\\" onload=\\"alert(1)"] }',
    "a font with an element": 'digraph { a [fontname="\\"><script>alert(1)</script>"] }',
    "a class": 'digraph { a [class="x\\"><script>alert(1)</script>"] }',
    "an id": 'digraph { a [id="x\\" onload=\\"alert(1)"] }',
    "a colour": 'digraph { a [color="red\\" onload=\\"alert(1)"] }',
    "a target": 'digraph { a [URL="https://example.org/", target="x\\" onload=\\"alert(1)"] }',
    "a tooltip": 'digraph { a [tooltip="\\"><img src=x onerror=alert(1)>", URL="#x"] }',
    "a label": 'digraph { a [label="</text></svg><script>alert(1)</script>"] }',
    "a name": 'digraph "</title><script>alert(1)</script>" { "--><script>alert(1)</script>" }',
    "a stylesheet": 'digraph { stylesheet="https://example.org/x.css"; a }',
    "a comment": 'digraph { a [comment="--><script>alert(1)</script>"] }',
}


@pytest.mark.parametrize("dot", ATTACKS.values(), ids=ATTACKS)
def test_no_diagram_brings_active_content_into_the_page(dot: str, tmp_path: Path) -> None:
    project = Project.make(
        tmp_path / "site",
        {
            "proofdown.yml": "title: T\nchecks: {broken-link: off, broken-anchor: off}\n",
            "diagrams/a.dot": dot,
            "content/index.md": "# Home\n\n![A](../diagrams/a.dot)\n",
        },
    )
    if project.build().code:
        return  # refused: nothing was written
    page = re.findall(r"<svg class=\"drawing-svg\".*?</svg>", project.html(), re.DOTALL)
    picture = project.html("drawings/a.svg")
    found = [
        part
        for svg in (*page, picture)
        for part in _unsafe_parts(svg.replace("url(#drawing-", "url(#p-"))
    ]
    assert (len(page), found) == (1, [])


def _ids(html: str) -> list[str]:
    return [value for name, value in _read(html).attributes if name == "id"]


def test_ids_are_unique_across_drawings_and_in_one_shown_twice(tmp_path: Path) -> None:
    gradient = 'a [style=filled, fillcolor="red:blue"]'
    project = Project.make(
        tmp_path / "site",
        {
            "diagrams/a-b.dot": f"digraph {{ {gradient} }}",
            "diagrams/a/b.dot": f"digraph {{ {gradient} b }}",
            "diagrams/a_b.dot": f"digraph {{ {gradient} c }}",
            "diagrams/größe.dot": f"digraph {{ {gradient} d }}",
            "diagrams/gr-e.dot": f"digraph {{ {gradient} e }}",
            "content/index.md": (
                "# Home\n\n"
                "![A](../diagrams/a-b.dot)\n\n![B](../diagrams/a/b.dot)\n\n"
                "![C](../diagrams/a_b.dot)\n\n![A again](../diagrams/a-b.dot)\n\n"
                "In a line: ![A](../diagrams/a-b.dot)\n\n"
                "![D](../diagrams/größe.dot)\n\n![E](../diagrams/gr-e.dot)\n"
            ),
        },
    )
    assert project.build().diagnostics == []
    ids = _ids(project.html())
    assert [id_ for id_ in dict.fromkeys(ids) if ids.count(id_) > 1] == []


def test_every_referenced_gradient_is_on_the_page(tmp_path: Path) -> None:
    project = Project.make(
        tmp_path / "site",
        {
            "diagrams/a.dot": 'digraph { a [style=filled, fillcolor="red:blue"] }',
            "content/index.md": "# Home\n\n![A](../diagrams/a.dot)\n\n![A](../diagrams/a.dot)\n",
        },
    )
    assert project.build().diagnostics == []
    used = re.findall(r"url\(#([^)]+)\)", project.html())
    assert (len(used), [id_ for id_ in used if id_ not in _ids(project.html())]) == (2, [])
