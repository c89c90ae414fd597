"""Every link of a built site leads to one of its files."""

import re
from pathlib import Path
from posixpath import normpath
from urllib.parse import unquote, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from proofdown.markup.html.tags import find_tags
from tests.support.generated import often
from tests.support.project import Project

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
@often(25)
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
