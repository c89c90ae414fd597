"""Source texts and locations in them."""

from hypothesis import given
from hypothesis import strategies as st

from proofdown.source import Source, decode
from tests.support.generated import MARKDOWN, often


@given(MARKDOWN, st.data())
@often(300)
def test_an_offset_converts_to_a_line_and_column_and_back(text: str, data: st.DataObject) -> None:
    source = Source("a.md", text)
    offset = data.draw(st.integers(0, max(0, len(text) - 1)))
    location = source.location(offset)
    assert source.offset(location.line - 1, location.column - 1) == offset
    assert (
        text.split("\n")[location.line - 1][: location.column - 1]
        == source.line_text(location.line)[: location.column - 1]
    )


@given(st.binary(max_size=40))
@often(200)
def test_decoded_text_has_no_carriage_returns(data: bytes) -> None:
    try:
        text = decode(data)
    except UnicodeDecodeError:
        return
    assert "\r" not in text
