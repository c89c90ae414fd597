"""Prefilters: the searches that they skip could not have found anything."""

import re

from hypothesis import example, given

from proofdown.checks.commands.examples import find_announcement, may_announce
from proofdown.checks.prose.prefilter import prefilter_of
from proofdown.checks.prose.style.repeats_and_articles import find_articles, find_repeats
from proofdown.checks.prose.style.term_variants import count_terms, index_of
from proofdown.checks.prose.text.blocks import find_blocks
from tests.support.generated import texts_of


@given(
    texts_of(
        *("For example", "e.g.", "eg", "e.g", "such as", "like so", "instance", "for "),
        *(":", ",", ".", " ", "\n", "`x`", "`", "<code>x</code>", "<!-- x -->", "```", "x"),
    )
)
@example("`x` eg foo")
@example("such a\u017f")
def test_a_skipped_paragraph_announces_no_example(text: str) -> None:
    assert may_announce(text) or find_announcement(text) is None


@given(
    texts_of(
        "the", "The", " ", "\n", "a", "An", "(", '"', ",", "-", "1", "\u0130", "\u03a3", "\u03c2"
    )
)
def test_a_skipped_text_has_no_doubled_words_or_articles(text: str) -> None:
    for block in find_blocks(text):
        possible = prefilter_of(block.text)
        assert possible.may_double or not list(find_repeats(block))
        assert possible.has_article or not list(find_articles(block))


TERMS = "read-only", "readonly", "read only", "read-only mode", "re-do", "re do", "a-b", "only-ever"


@given(texts_of(*TERMS, "read", "only", "mode", "moder", "on", "o", "do", "b", " ", "-", ".", "\n"))
def test_every_term_in_a_text_is_counted(text: str) -> None:
    runs = set(re.findall("[a-z]+", text))
    present = {
        term
        for term in TERMS
        if set(re.findall("[a-z]+", term)) <= runs
        and re.search(rf"(?<![a-z]){term}{'(?![a-z])' if term.isalpha() else ''}", text)
    }
    assert set(count_terms(text, index_of(TERMS))) == present
