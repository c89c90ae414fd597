"""Sites that tests build in one call, and parts of the built pages."""

import re
from pathlib import Path

from tests.support.project import Project

Files = dict[str, str | bytes]
DIAGRAM: Files = {
    "diagrams/flow.dot": (
        'digraph { client -> source [class="control"]; '
        'source -> destination [class="data", label="TLS"] }'
    ),
    "content/flows.md": '# Flows\n\n![Who connects to whom](../diagrams/flow.dot "The flow")\n',
    "content/index.md": (
        "# Home\n\nIn a line: ![Small](../diagrams/flow.dot) [it](../diagrams/flow.dot)\n"
    ),
}
"""A site with a diagram on two of its pages."""


def new_site(tmp_path: Path, files: Files) -> Project:
    """Return a site with some files, not built yet."""
    return Project.make(tmp_path / "site", files)


def built_site(tmp_path: Path, files: Files) -> Project:
    """Return a site that was built without a problem. A note does not count as one."""
    project = new_site(tmp_path, files)
    result = project.build("--strict")
    assert (result.code, [line for line in result.diagnostics if ": note[" not in line]) == (0, [])
    return project


def text_of(html: str) -> str:
    """Return the text of some HTML that a reader sees."""
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def article_of(html: str) -> str:
    """Return the page's own text, without the layout around it."""
    found = re.search(r'<article class="text">(.*?)</article>', html, re.DOTALL)
    assert found
    return found[1]


def body_of(tmp_path: Path, markdown: str, **files: str | bytes) -> str:
    """Return the HTML of a page's Markdown in a site that builds without a problem."""
    project = built_site(tmp_path, {"content/index.md": f"# Home\n\n{markdown}\n", **files})
    return article_of(project.html())


def links_of(html: str, pattern: str = "") -> list[tuple[str, str]]:
    """Return the target and text of the links whose tag matches a pattern."""
    link = r"""<a\b([^>]*)\shref=(["'])(.*?)\2([^>]*)>(.*?)</a>"""
    found = re.findall(link, html, re.DOTALL)
    return [(href, text_of(text)) for a, _, href, b, text in found if re.search(pattern, a + b)]


def nav_of(html: str) -> str:
    """Return the nav of a page."""
    found = re.search(r'<nav class="menu".*?</nav>', html, re.DOTALL)
    assert found
    return found[0]


def helps_of(project: Project) -> list[str]:
    """Return the help lines of a check."""
    out = project.run("check").out
    return [line.partition("help: ")[2] for line in out.splitlines() if "= help: " in line]
