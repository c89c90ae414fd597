"""Fenced code: where it begins and ends, on which masks and code blocks agree."""

import pytest
from hypothesis import given

from proofdown.markup.syntax.code_blocks import make_blocks
from proofdown.markup.syntax.fences import find_fences
from proofdown.markup.syntax.masking import mask_fences
from tests.support.generated import MARKDOWN, often


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("```\na\n```\n", [("a\n", True)]),
        ("~~~ sh\na\n```\n~~~\n", [("a\n```\n", True)]),
        ("````\n```\n`````\n", [("```\n", True)]),
        ("```\n```\n```\na", [("", True), ("a", False)]),
        ("```", [("", False)]),
        ("a ```\nb\n", []),
        ("``` a`b\nc\n", []),
        ("    ```\n    a\n    ```\n", [("    a\n", True)]),
        ("> ```\n> a\n> ```\nb", [("> a\n", True)]),
        ("1. ```\n   a\n   ```", [("   a\n", True)]),
        ("- - ```\n    a\n    ```", [("    a\n", True)]),
    ],
)
def test_a_fence_ends_at_a_line_of_at_least_as_many_characters(
    text: str, expected: list[tuple[str, bool]]
) -> None:
    found = [(text[f.code : f.closing], f.is_closed) for f in find_fences(text)]
    assert found == expected


@given(MARKDOWN)
@often(400)
def test_masks_blank_only_fences_and_code_blocks_are_inside_fences(text: str) -> None:
    fences = list(find_fences(text))
    masked = mask_fences(text)
    inside = {at for fence in fences for at in range(fence.start, fence.end)}
    changed = {at for at, (old, new) in enumerate(zip(text, masked, strict=True)) if old != new}
    assert changed == {at for at in inside if text[at] not in " \n"}
    blocks = list(make_blocks(text, fences))
    assert len(blocks) == sum(fence.is_closed for fence in fences)
    assert all(text[line.start : line.end] == line.text for b in blocks for line in b.lines)
