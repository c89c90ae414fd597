"""Diagram languages: which references lead to a diagram."""

from html import unescape
from urllib.parse import unquote

from hypothesis import example, given

from proofdown.diagrams.languages import may_show_diagrams
from tests.support.generated import texts_of


@given(texts_of(*"&.do%T;", "&#46;", "&period;", "%2e", "%64", "&#x64;", "\t", "&Tab;", "&percnt;"))
@example("&percnt;2Edot")
@example(".d&NewLine;ot")
def test_a_reference_to_a_diagram_is_recognised_in_any_encoding(html: str) -> None:
    plain = unquote(unescape(html)).lower()
    assert may_show_diagrams(html) == (".dot" in plain.translate(dict.fromkeys(map(ord, "\t\r\n"))))
