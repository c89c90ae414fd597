"""Inputs that Hypothesis makes for several tests, and how many of them it tries."""

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
    """Try a property with so many examples, the same at every run."""
    checks = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    return settings(
        max_examples=count, derandomize=True, deadline=None, suppress_health_check=checks
    )


def texts_of(*pieces: str) -> st.SearchStrategy[str]:
    """Return texts made of some pieces and of any characters."""
    return st.lists(st.sampled_from(pieces) | st.text(max_size=3), max_size=12).map("".join)
