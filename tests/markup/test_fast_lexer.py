"""The faster lexer gives the same tokens as Pygments alone, for any language and code."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pygments.lexer import RegexLexer
from pygments.lexers import get_lexer_by_name

from proofdown.markup.fast.first_chars import first_chars_of
from proofdown.markup.fast.lexer import PLAIN, RulesByFirstChar, speed_up_lexers
from tests.support.project import REPOSITORY

LANGUAGES = (
    "bash c console cpp csharp css diff django docker go html ini java js jinja kotlin lua make md "
    "nginx perl php powershell python python3 rst ruby rust scala sql swift tex toml ts typoscript "
    "vim xml yaml"
).split()
CODE = [
    *(p.read_text("utf-8") for p in sorted((REPOSITORY / "src/proofdown/config").glob("*.py"))[:3]),
    (REPOSITORY / "src/proofdown/theme/static/search.js").read_text("utf-8")[:4000],
    (REPOSITORY / "Makefile").read_text("utf-8"),
    "<?php echo 1; ?>\n<a href='x'>{{ y }}</a>\n{% if z %}\n<!-- c -->\n",
    "SELECT ſ FROM K WHERE x = 'É' -- no\n/* a */ // b\n# c\n$x = @'\n'@\n",
    "\x1c\x1d \x0b\x0c\t\n\n\n  \n",
    "",
]
PIECES = [
    *"abKſıé\x1c\x0b \n\t\"'`<>{}()[]#$%^&*-+=/\\|~;:.,019iksIKS_",
    *("def f(x):\n    ", "class ", '"""', "/*", "*/", "//", "${", "}}", "{{", "<?", "%>", "EOF\n"),
]


@pytest.fixture(autouse=True, scope="module")
def _fast() -> None:
    assert speed_up_lexers()


def tokens_of(language: str, code: str, method: Callable[..., object]) -> list[tuple[object, str]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RegexLexer, "get_tokens_unprocessed", method)
        return list(get_lexer_by_name(language).get_tokens(code))


def same(language: str, code: str) -> None:
    fast = RegexLexer.get_tokens_unprocessed
    assert fast is not PLAIN
    assert tokens_of(language, code, fast) == tokens_of(language, code, PLAIN)


@pytest.mark.parametrize("language", LANGUAGES)
def test_code_has_the_same_tokens(language: str) -> None:
    for code in CODE:
        same(language, code)


@settings(deadline=None)
@given(st.sampled_from(LANGUAGES), st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
def test_any_text_has_the_same_tokens(language: str, code: str) -> None:
    same(language, code)


@pytest.mark.parametrize(
    ("pattern", "starts"),
    [
        (r"abc", "a"),
        (r"(?:ab|cd)e", "ac"),
        (r"a?b", "ab"),
        (r"a*b+c", "ab"),
        (r"^\s*#", " \t\n\r\f\v\x1c\x1d\x1e\x1f#"),
        (r"(?<!x)(?=y)z", "z"),
        (r"[b-d_]", "bcd_"),
        (r"(?i)q", "qQ"),
        (r"(?i)k", "kK"),
        (r"(?i)ſ", "ikIKsS"),
        (r"(?i:q)r|(?-i:s)", "qQs"),
        (r"(?>x)+y", "x"),
        (r"\d", "0123456789"),
        (r"é", ""),
        (r"a*", None),
        (r"(?=a)", None),
        (r"(x)?(?(1)y|z)", None),
        (r"", None),
    ],
)
def test_the_first_characters_of_a_match_are_found(pattern: str, starts: str | None) -> None:
    assert first_chars_of(re.compile(pattern)) == (None if starts is None else frozenset(starts))


@pytest.mark.parametrize("pattern", [r"[^x]", r"[^\w]", r"(?i)[^x]", r".", r"\D", r"\W", r"\S"])
def test_no_first_character_of_a_match_is_missed(pattern: str) -> None:
    compiled = re.compile(pattern)
    starts = first_chars_of(compiled)
    assert starts is not None
    assert {c for c in map(chr, range(128)) if compiled.match(c)} <= starts


def test_rules_that_cannot_match_are_skipped_and_the_others_keep_their_order() -> None:
    def own(_text: str, _at: int) -> None:
        return None

    rules = [(re.compile(p).match, None, None) for p in (r"ab", r"\s+", r"a*", r"(?!x)[^b]")]
    by_start = RulesByFirstChar([*rules, (own, None, None)])
    tried = {start: [rule[0] for rule in by_start[start]] for start in "ab é"}
    blank, empty, other = (rule[0] for rule in rules[1:])
    assert tried == {
        "a": [rules[0][0], empty, other, own],
        "b": [empty, own],
        " ": [blank, empty, other, own],
        "é": [rules[0][0], blank, empty, other, own],
    }
