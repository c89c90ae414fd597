"""Hypothesis strategies that several tests share, and the number of examples."""

from collections.abc import Callable

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

MARKDOWN = st.lists(
    st.sampled_from(
        [
            *("```", "~~~", "`", "``", "\n", "\n\n", "<!--", "-->", "<pre>", "</pre>", "text"),
            *("</code>", "<script>", "</script>", "    ", "- ", "> ", "\\", "é", "---\n", "..."),
            "<code a='b'>",
        ]
    )
    | st.text(max_size=5),
    max_size=30,
).map("".join)


def often(count: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Test a property with a number of examples, the same in every run."""
    checks = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    return settings(
        max_examples=count, derandomize=True, deadline=None, suppress_health_check=checks
    )


def texts_of(*pieces: str) -> st.SearchStrategy[str]:
    """Return a strategy for texts made of the given pieces and any characters."""
    return st.lists(st.sampled_from(pieces) | st.text(max_size=3), max_size=12).map("".join)
