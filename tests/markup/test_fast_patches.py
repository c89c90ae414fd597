"""The faster conversion gives the same HTML, however odd the Markdown."""

import copy
import re
from importlib import import_module
from typing import Any
from xml.etree.ElementTree import Element

import pygments.lexers
import pymdownx.highlight
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown import Markdown
from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor, Pattern
from markdown.postprocessors import Postprocessor
from pygments.formatters import HtmlFormatter
from pygments.lexer import RegexLexer

from proofdown.markup.converter import MarkdownConverter
from proofdown.markup.extensions import DEFAULT_EXTENSIONS
from proofdown.markup.fast import patches
from proofdown.markup.fast.blocks import SEARCHED_EVERYWHERE
from proofdown.markup.fast.delimiters import defer_delimiters
from proofdown.markup.fast.lexer import PLAIN
from proofdown.markup.fast.patches import PATCHES, Moment, Patch, apply_patches
from proofdown.markup.fast.pygments_setup import keep_lexers, keep_stylesheets
from proofdown.markup.fast.required_chars import PrefilteredPattern, prefilter, required_chars_of
from tests.support.project import REPOSITORY

GUIDE = sorted((REPOSITORY / "content").rglob("*.md"))
MORE: dict[str, dict[str, Any]] = {
    f"pymdownx.{name}": {}
    for name in "betterem blocks.admonition blocks.tab caret emoji keys magiclink mark "
    "smartsymbols tilde".split()
}
HOSTILE = [
    "*" * 400 + "a" + "_" * 400,
    "[" * 300 + "]" * 300 + "(x)" * 3,
    "![[]()" * 100,
    "\\*" * 400 + " \\`a\\` \\\\`b`",
    "> " * 40 + "deep\n" + "- " * 40 + "x",
    "`a` ``b ` c`` `#!python x = 1` `#!nosuch y`\n\n    indented *code*",
    "\x02klzzwxh:0000\x03 \x02wzxhzdk:0\x03 *a* `b` \x02amp\x03 &amp; &#38; & <b>*c*</b>",
    "a  \nb\\\nc <https://x.example/a_b_c> <me@x.example> https://x.example/*",
    "| a | `b|c` |\n|:--|--:|\n| *d* | \\| |\n\n|x|\n|-|\n|y|\n\na | b\n- | -\nc | d",
    "```python hl_lines='1' title='a'\nx = 1\n```\n\n~~~ {.nosuch #id}\n<&>\n~~~\n",
    "- x\n\n    ```sh\n    ls\n    ```",
    '```csharp\nvar x = $"a";\n```\n\n```c#\nint é = 1;\n```\n',
    "# A\n## A\n### `A` *b* [c](d) [^1]\n\nB\n===\nC\n---\n\n[TOC]\n\n[^1]: *note* `x`",
    "[TOC]\n\n# One\n\ntext [TOC]\n\n- [TOC]\n",
    "<div markdown>\n*a* # b\n\n# c\n</div>\n<div>*d*</div>\n<p markdown=span>*e*</p>",
    "Term\n: *a*\n: `b`\n\n*[HTML]: Hyper\n\nHTML is HTML.\n\n- [ ] a\n- [x] b",
    "!!! note \"T\"\n    *a*\n\n??? tip\n    ```js\n    a\n    ```\n",
    "=== \"A\"\n    a\n=== \"B\"\n    b",
    "> [!NOTE]\n> *a* `b`\n\n/// note | T\n*a*\n///",
    "==a== ^^b^^ ~~c~~ H~2~O x^2^ ++ctrl+c++ (c) --> :smile: ***a** b* __c _d___",
]  # fmt: skip
FRAGMENTS = [
    *"*_`[]()!<>#|\\&~^=+:-\n\n\n\n    ",
    *("a", "b c", " ", "x_y", "\n\n", "](", "![", "[^1]", "[^1]: n", "```", "~~~\n", "```py\n"),
    *("> ", "1. ", "- ", "\n    ", "|-|-|\n", "| a | b |\n", "<b>", "</b>", "&amp;"),
    *("<div markdown>\n", "{#i}", "{: .c }", "http://x.y", "<http://x.y>", "<m@x.y>",),
    *("!!! note\n", "/// tab | a\n", "<https://x.y>"),
    *("\x02", "\x03", "klzzwxh:0000", "[TOC]", "===", "---", "*[b]: c", ": d", "  \n", "é", "# "),
]  # fmt: skip


class Loud(InlineProcessor):
    """A third-party pattern that requires no particular character."""

    def handleMatch(  # type: ignore[override]  # noqa: N802 (Python-Markdown's name)
        self, m: re.Match[str], data: str
    ) -> tuple[Element, int, int]:
        del data
        loud = Element("em")
        loud.text = m[0].upper()
        return loud, m.start(), m.end()


class OldLoud(Pattern):
    """A third-party pattern with the library's old interface."""

    def handleMatch(self, m: re.Match[str]) -> Element:  # noqa: N802 (Python-Markdown's name)
        loud = Element("b")
        loud.text = m[2]
        return loud


class ShownToc(Postprocessor):
    """Reads the table of contents as HTML, as a third-party extension may."""

    def run(self, text: str) -> str:
        return f"{text}\n{getattr(self.md, 'toc', '')}"


class LoudExtension(Extension):
    """Registers all three."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 (Python-Markdown's name)
        md.inlinePatterns.register(Loud(r"\bx\w*", md), "loud", 75)
        md.inlinePatterns.register(OldLoud(r"(é+)", md), "old-loud", 65)
        md.postprocessors.register(ShownToc(md), "shown-toc", 1)


def makeExtension(**options: Any) -> Extension:  # noqa: N802 (Python-Markdown's name)
    return LoudExtension(**options)


EXTENSIONS: dict[str, dict[str, Any]] = {
    "default": DEFAULT_EXTENSIONS,
    "many": DEFAULT_EXTENSIONS | MORE | {__name__: {}},
}


@pytest.fixture(scope="module", params=EXTENSIONS)
def converters(request: pytest.FixtureRequest) -> tuple[MarkdownConverter, ...]:
    """Return converters with the same extensions: patched, and with the libraries unpatched."""
    fast = MarkdownConverter(EXTENSIONS[request.param])
    with pytest.MonkeyPatch.context() as patch:
        changing = tuple(patch for patch in PATCHES if not patch.keeps_output)
        patch.setattr(patches, "PATCHES", changing)
        plain = MarkdownConverter(EXTENSIONS[request.param])
    return fast, plain


def same(converters: tuple[MarkdownConverter, ...], text: str) -> None:
    """Check that both converters give the same result, or raise the same error."""
    fast, plain = converters
    with pytest.MonkeyPatch.context() as patch:
        make = HtmlFormatter._create_stylesheet  # type: ignore[attr-defined]
        for formatter in ("BlockHtmlFormatter", "InlineHtmlFormatter"):
            patch.setattr(getattr(pymdownx.highlight, formatter), "_create_stylesheet", make)
        patch.setattr(pymdownx.highlight, "get_lexer_by_name", pygments.lexers.get_lexer_by_name)
        patch.setattr(RegexLexer, "get_tokens_unprocessed", PLAIN)
        expected = outcome(plain, text)
    assert outcome(fast, text) == expected


def outcome(converter: MarkdownConverter, text: str) -> Any:
    try:
        return converter.convert_text(text)
    except Exception as fault:
        return type(fault)


@pytest.mark.parametrize("page", GUIDE, ids=lambda p: p.stem)
def test_every_page_of_the_guide_is_converted_the_same(converters: Any, page: Any) -> None:
    same(converters, page.read_text("utf-8"))


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_markdown_is_converted_the_same(converters: Any, text: str) -> None:
    same(converters, text)


@settings(deadline=None)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=50).map("".join))
def test_any_markdown_is_converted_the_same(converters: Any, text: str) -> None:
    same(converters, text)


def test_the_installed_libraries_can_be_patched() -> None:
    markdown = Markdown()
    apply_patches(Moment.READY, markdown)
    inline = markdown.treeprocessors["inline"]
    assert "_InlineProcessor__handleInline" in vars(inline)
    assert keep_stylesheets() == ("BlockHtmlFormatter", "InlineHtmlFormatter")
    assert keep_lexers()


def test_required_characters_are_searched_for_before_an_expression_is_tried(
    converters: Any,
) -> None:
    fast, plain = (converter._markdown.parser.blockprocessors for converter in converters)
    there = {name_of(processor) for processor in fast} & SEARCHED_EVERYWHERE.keys()
    assert there >= {
        "markdown.blockprocessors.HashHeaderProcessor",
        "pymdownx.quotes.QuotesProcessor",
    }
    assert {name_of(processor) for processor in fast if is_prefiltered(processor)} == there
    assert not any(is_prefiltered(processor) for processor in plain)


def test_a_prefiltered_expression_can_be_copied_and_searched() -> None:
    prefiltered = prefilter(re.compile(r"a+!"))
    assert prefiltered is not None
    copied: Any = copy.deepcopy(prefiltered)
    assert copied.search("aa") is None
    assert copied.search("a! b aa!", 3).span() == (5, 8)
    assert copied.match("aa!")[0] == "aa!"


def name_of(processor: object) -> str:
    return f"{type(processor).__module__}.{type(processor).__name__}"


def is_prefiltered(processor: object) -> bool:
    return any(isinstance(value, PrefilteredPattern) for value in vars(processor).values())


def test_patterns_that_cannot_match_a_text_are_not_tried() -> None:
    tried = []

    class Counted(Loud):
        def getCompiledRegExp(self) -> re.Pattern[str]:  # noqa: N802 (the library's name)
            tried.append(self.pattern)
            return super().getCompiledRegExp()

    markdown = Markdown()
    markdown.inlinePatterns.register(Counted(r"%\w", markdown), "needs-a-sign", 75)
    markdown.inlinePatterns.register(Counted(r"\bx\w*", markdown), "needs-nothing", 75)
    apply_patches(Moment.READY, markdown)
    assert markdown.convert("one\n\ntwo\n\nxy %a") == (
        "<p>one</p>\n<p>two</p>\n<p><em>XY</em> <em>%A</em></p>"
    )
    looked_up = 1
    assert tried.count(r"%\w") < tried.count(r"\bx\w*")
    assert tried.count(r"%\w") <= looked_up + 2


@pytest.mark.parametrize(
    ("pattern", "triggers"),
    [
        (r"(?<!\\)(`+)(.+?)\1", "`"),
        (r"\*|_|~", "*_~"),
        (r"(?:\[|!\[)x", "!["),
        (r"(?:a|\*)b\*?", None),
        (r"a*\**", None),
        (r"\^{2}[^^]+", "^"),
        (r"[+*]?@", "@"),
        (r"(?>%)+?", "%"),
        (r"(?i)Q", None),
        (r"(?:(?i:Q))", None),
        (r"\w+", None),
        (r"[^*]", None),
    ],
)
def test_every_match_has_one_of_the_required_characters(pattern: str, triggers: str | None) -> None:
    found = required_chars_of(re.compile(pattern), frozenset("abx"))
    assert found == (None if triggers is None else frozenset(triggers))


def test_delimiter_expressions_are_compiled_lazily() -> None:
    converter = MarkdownConverter({"pymdownx.mark": {}})
    patterns: Any = converter._markdown.inlinePatterns
    delimiter = next(p for p in patterns if "=" in getattr(p, "delimiters", ())).delimiters["="]
    assert defer_delimiters()
    assert "boundary" not in vars(delimiter)
    assert converter.convert_text("no sign").html == "<p>no sign</p>"
    assert "boundary" not in vars(delimiter)
    assert converter.convert_text("a ==sign==").html == "<p>a <mark>sign</mark></p>"
    assert "boundary" in vars(delimiter)
    with pytest.raises(AttributeError, match="no_such_thing"):
        delimiter.no_such_thing  # noqa: B018


MADE_LATER = {"pymdownx.blocks:BlocksProcessor.start", "pygments.lexer:RegexLexer._tokens"}
"""Attributes that a class lacks until it is first instantiated."""


@pytest.mark.parametrize("patch", PATCHES, ids=lambda p: p.replaces[0])
def test_the_targets_and_the_proof_of_a_patch_exist(patch: Patch) -> None:
    for name in patch.replaces:
        module, _, path = name.partition(":")
        found: Any = import_module(module)
        for part in path.split("."):
            assert hasattr(found, part) or name in MADE_LATER
            found = getattr(found, part, None)
    assert (REPOSITORY / patch.proof).is_file()


def test_every_prefiltered_block_processor_is_in_the_table_of_patches() -> None:
    names = {name for patch in PATCHES for name in patch.replaces}
    dotted = {name.replace(":", ".") for name in names}
    assert {f"{owner}.{name}" for owner, name in SEARCHED_EVERYWHERE.items()} <= dotted
