"""Text that is not prose is masked, and every offset stays valid."""

from collections.abc import Callable

import pytest
from hypothesis import given

from proofdown.markup.syntax.masking import mask_code, mask_fences
from tests.support.generated import MARKDOWN, often


@given(MARKDOWN)
@often(400)
@pytest.mark.parametrize("mask", [mask_code, mask_fences])
def test_masking_keeps_the_length_and_the_line_breaks(
    mask: Callable[[str], str], text: str
) -> None:
    masked = mask(text)
    assert [len(line) for line in masked.split("\n")] == [len(line) for line in text.split("\n")]
    assert all(m in (" ", c) for m, c in zip(masked, text, strict=True))
