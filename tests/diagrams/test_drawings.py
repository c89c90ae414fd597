"""Diagrams in pages: inlined, described, linked, and as separate pictures."""

import re
from pathlib import Path
from xml.etree import ElementTree

from tests.support.built_site import DIAGRAM, article_of, built_site, links_of, new_site


def test_a_diagram_is_inlined_with_its_title_and_its_description(tmp_path: Path) -> None:
    page = built_site(tmp_path, DIAGRAM).html("flows/index.html")
    svg = re.search(r"<svg class=\"drawing-svg\".*?</svg>", page, re.DOTALL)
    assert svg
    root = ElementTree.fromstring(svg[0])  # noqa: S314
    assert root.get("role") == "img"
    texts = {
        element.get("id"): element.text for element in root if element.tag in ("title", "desc")
    }
    assert [texts[root.get("aria-labelledby")], texts[root.get("aria-describedby")]] == [
        "Who connects to whom",
        "client to source: control. source to destination: data, TLS.",
    ]
    assert {"edge control", "edge data"} <= {e.get("class") for e in root.iter()}
    assert "<figcaption>The flow</figcaption>" in page


def test_the_description_of_a_diagram_follows_the_arrows_as_drawn(tmp_path: Path) -> None:
    dot = """digraph {
      hidden [style=invis]
      a -> b [dir=back]; b -> c [dir=both]; c -> d [dir=none]; a -> d [style=invis]; hidden -> a
      e [label="<e>"]
    }"""
    page = built_site(tmp_path, {**DIAGRAM, "diagrams/flow.dot": dot}).html("flows/index.html")
    assert ">b to a. b to c. c to b. c and d. &lt;e&gt;.</desc>" in page


def test_a_diagram_is_a_picture_at_a_stable_address(tmp_path: Path) -> None:
    project = built_site(tmp_path, DIAGRAM)
    tree = project.tree()
    assert tree["drawings/flow.png"].startswith(b"\x89PNG\r\n\x1a\n")
    root = ElementTree.fromstring(tree["drawings/flow.svg"])  # noqa: S314
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    page = project.html("flows/index.html")
    assert [pair for pair in links_of(page) if pair[1] in ("SVG", "PNG")] == [
        ("../drawings/flow.svg", "SVG"),
        ("../drawings/flow.png", "PNG"),
    ]


def test_a_link_to_a_diagram_leads_to_its_picture(tmp_path: Path) -> None:
    page = built_site(tmp_path, DIAGRAM).html()
    assert [href for href, text in links_of(page) if text == "it"] == ["drawings/flow.svg"]
    assert "<figure" not in page
    assert page.count('<svg class="drawing-svg"') == 1


def test_a_link_in_a_diagram_leads_to_the_page(tmp_path: Path) -> None:
    project = built_site(
        tmp_path,
        {
            "diagrams/a.dot": 'digraph { a [URL="../content/flows.md#ports"] }',
            "content/deep/index.md": "# Deep\n\n![A](../../diagrams/a.dot)\n",
            "content/flows.md": "# Flows\n\n## Ports\n",
            "content/index.md": "# H\n",
        },
    )
    page = project.html("deep/index.html")
    assert [href for href, text in links_of(article_of(page)) if text == "a"] == ["../flows/#ports"]
    assert 'role="group"' in page


def test_a_link_in_a_separate_picture_leads_to_the_page(tmp_path: Path) -> None:
    project = built_site(
        tmp_path,
        {
            "diagrams/a.dot": 'digraph { a [URL="../content/flows.md"] }',
            "content/index.md": "# H\n\n![A](../diagrams/a.dot)\n",
            "content/flows.md": "# Flows\n",
        },
    )
    # Relative to the picture, not to the DOT file.
    assert links_of(project.html("drawings/a.svg")) == [("../flows/", "a")]


def test_defaults_in_the_settings_apply_to_drawings(tmp_path: Path) -> None:
    settings = 'title: T\ndiagrams: {node: {shape: box, color: "#123456"}, graph: {rankdir: LR}}\n'
    project = built_site(tmp_path, DIAGRAM | {"proofdown.yml": settings})
    assert ("#123456" in project.html(), "<polygon" in project.html()) == (True, True)


def test_a_diagram_on_no_page_causes_no_link_to_a_missing_proof_page(
    tmp_path: Path,
) -> None:
    project = new_site(
        tmp_path, {"content/index.md": "# H\n", "diagrams/a.dot": "digraph { a -> b }"}
    )
    assert project.build().code == 0
    has_page = "proof/index.html" in project.tree()
    assert ('href="proof/"' in project.html()) == has_page


def test_an_unjudged_drawing_is_reported_where_the_page_shows_it(tmp_path: Path) -> None:
    project = new_site(
        tmp_path,
        {
            "diagrams/flow.dot": "digraph { a -> b }",
            "diagrams/overflow.dot": "digraph { a -> c }",
            "content/index.md": (
                "# H\n\n![Over](../diagrams/overflow.dot)\n\n![Flow](../diagrams/%66low.dot)\n"
            ),
        },
    )
    found = project.check("--require-coverage").diagnostics
    assert [line.partition(": ")[0] for line in found] == [
        "content/index.md:3:9",
        "content/index.md:5:9",
    ]
