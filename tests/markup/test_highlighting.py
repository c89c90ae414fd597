"""A code block whose lexer takes too long is shown plain; the others are highlighted."""

import signal
import threading
from collections.abc import Iterator
from typing import ClassVar

import pygments.lexers
import pytest
from pygments.lexer import RegexLexer
from pygments.token import Token

from proofdown.content.discovery import Page, load_page
from proofdown.diagnostics import Diagnostic, Report
from proofdown.markup.converter import Body, MarkdownConverter
from proofdown.markup.extensions import DEFAULT_EXTENSIONS
from proofdown.markup.fast import highlight_limit
from proofdown.source import Source

TEXT = f"# Page\n\n```python\nx = 1\n```\n\n> ```stuck\n> {'a' * 60}!\n> <b>\n> ```\n\nEnd.\n"


class StuckLexer(RegexLexer):
    """Backtracks exponentially on a run of `a`."""

    name, aliases = "Stuck", ("stuck",)
    tokens: ClassVar = {"root": [(r"(?:a+)+\Z", Token.Name), (r"[\s\S]", Token.Text)]}


@pytest.fixture(autouse=True)
def stuck(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    entry = (__name__, "Stuck", ("stuck",), (), ())
    monkeypatch.setitem(pygments.lexers.LEXERS, "StuckLexer", entry)
    monkeypatch.setitem(pygments.lexers._lexer_cache, "Stuck", StuckLexer)
    monkeypatch.setattr(highlight_limit, "SECONDS", 0.05)
    before = signal.getsignal(signal.SIGVTALRM)
    yield
    signal.signal(signal.SIGVTALRM, before)


def convert(text: str) -> tuple[Body, list[Diagnostic]]:
    report = Report()
    page: Page = load_page(Source("content/index.md", text), "index.md", report)
    return MarkdownConverter(DEFAULT_EXTENSIONS).convert(page, report), list(report)


def test_code_that_takes_too_long_is_shown_plain() -> None:
    body, found = convert(TEXT)
    assert [(d.code, d.location.line) for d in found] == [("slow-highlighting", 8)]
    assert f"{'a' * 60}!\n&lt;b&gt;\n" in body.html
    assert '<span class="n">x</span>' in body.html
    assert "End." in body.html


def test_slow_highlighting_of_one_page_is_not_reported_for_the_next() -> None:
    convert(TEXT)
    assert convert("```python\nx = 1\n```\n")[1] == []


def test_code_is_highlighted_outside_the_main_thread() -> None:
    found: list[Body] = []
    thread = threading.Thread(target=lambda: found.append(convert("```py\nx = 1\n```\n")[0]))
    thread.start()
    thread.join()
    assert '<span class="n">x</span>' in found[0].html


def test_an_existing_signal_handler_is_left_alone() -> None:
    def theirs(_signal: int, _frame: object) -> None:
        raise AssertionError

    signal.signal(signal.SIGVTALRM, theirs)
    assert convert("```py\nx = 1\n```\n")[1] == []
    assert signal.getsignal(signal.SIGVTALRM) is theirs


def test_a_late_timer_does_nothing() -> None:
    convert(TEXT)
    signal.raise_signal(signal.SIGVTALRM)


def test_the_installed_libraries_can_be_patched() -> None:
    assert highlight_limit.limit_highlighting()
