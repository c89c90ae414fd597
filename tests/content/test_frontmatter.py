"""Front matter: where it ends, and what is refused in it."""

import re

import pytest
from hypothesis import example, given

from proofdown.content.frontmatter import split_head
from proofdown.diagnostics import Report
from proofdown.source import Source
from tests.support.generated import MARKDOWN, often
from tests.support.project import Project


@given(MARKDOWN)
@often(300)
@example("---\n---\n")
@example("---\n---")
@example("---\na: b\n...\nx")
def test_head_and_body_add_up_to_the_whole_text(text: str) -> None:
    start, end, body = split_head(Source("a.md", text), Report())
    between = text[:start] + text[end:body]
    assert text[:start] + text[start:end] + text[end:body] + text[body:] == text
    assert re.fullmatch(r"(---[ \t]*\n((---|\.\.\.)[ \t]*\n?)?)?", between)


@pytest.mark.parametrize("text", [r'"a\0b"', r'"\ud800"'])
@pytest.mark.parametrize(
    ("path", "before"),
    [
        ("content/index.md", "---\ntitle: TEXT\n---\n# Home\n"),
        ("content/index.md", "---\naliases: [TEXT]\n---\n# Home\n"),
        ("content/index.md", "---\naliases: ['a#b': TEXT]\n---\n# Home\n"),
        ("content/index.md", "---\nlayout: TEXT\n---\n# Home\n"),
        ("content/index.md", "---\nextra: {TEXT: TEXT}\n---\n# Home\n"),
        ("content/index.claims.yml", "diagrams: {TEXT: {}}\n"),
        ("content/index.claims.yml", "TEXT: x\n"),
    ],
)
def test_yaml_that_is_not_valid_text_is_refused(
    project: Project, path: str, before: str, text: str
) -> None:
    project.write({path: before.replace("TEXT", text)})
    result = project.build()
    assert result.code == 1
    assert [d.partition("]: ")[0].split(": ")[1] for d in result.diagnostics] == [
        "error[invalid-yaml"
    ]
