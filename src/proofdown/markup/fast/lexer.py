"""Make Pygments' lexers faster, with the same tokens.

A lexer is a table of states, each a list of expressions that Pygments tries in order at each
position in the code. Here only those that can match at the character there are tried.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from inspect import signature
from typing import Any

from pygments.lexer import RegexLexer
from pygments.token import Error, Whitespace, _TokenType

from proofdown.markup.fast.first_chars import first_chars_of

_Rule = tuple[Callable[..., Any], Any, Any]
"""The match method, the token type or callback, and the next state."""
_Token = tuple[int, Any, str]
_CACHE_KEY: Any = ("rules by character",)
"""Key in a lexer's table of states at which the chosen rules are cached; no state's name."""
_NAMES = frozenset(
    "_TokenType _tokens Error IndexError Whitespace abs append end group int isinstance len list "
    "pop tuple type".split()
)
"""Names that the replaced method uses. If a release of Pygments uses others, it is not patched."""
_BEYOND_ASCII = "\x80"
PLAIN = RegexLexer.get_tokens_unprocessed
"""The original method of Pygments."""


@lru_cache(maxsize=1)
def speed_up_lexers() -> bool:
    """Make lexers try only rules that can match; return whether they could be patched."""
    names = getattr(getattr(PLAIN, "__code__", None), "co_names", ())
    if list(signature(PLAIN).parameters) != ["self", "text", "stack"]:
        return False
    if _NAMES.symmetric_difference(names) - {"AssertionError"}:
        return False
    RegexLexer.get_tokens_unprocessed = _tokens_of  # type: ignore[method-assign, assignment]
    return True


class RulesByFirstChar(dict[str, list[_Rule]]):
    """The rules of a state to try at each character, chosen lazily."""

    def __init__(self, rules: Sequence[_Rule]) -> None:
        self.rules = [(rule, _starts_of_rule(rule)) for rule in rules]

    def __missing__(self, start: str) -> list[_Rule]:
        # One entry serves all non-ASCII characters, which first sets do not distinguish.
        key = min(_BEYOND_ASCII, start)
        if key not in self.keys():
            self[key] = [
                rule
                for rule, starts in self.rules
                if starts is None or key == _BEYOND_ASCII or key in starts
            ]
        return self[key]


def _starts_of_rule(rule: _Rule) -> frozenset[str] | None:
    pattern = getattr(rule[0], "__self__", None)
    return first_chars_of(pattern) if getattr(pattern, "match", None) == rule[0] else None


def _tokens_of(self: RegexLexer, text: str, stack: Sequence[str] = ("root",)) -> Iterator[_Token]:
    """Yield the tokens of the code with their offsets, as Pygments' own method does."""
    rules_of: dict[Any, Any] = self._tokens  # type: ignore[attr-defined]
    states: dict[str, RulesByFirstChar] = rules_of.setdefault(_CACHE_KEY, {})

    def state_of(name: str) -> RulesByFirstChar:
        if name not in states:
            states[name] = RulesByFirstChar(rules_of[name])
        return states[name]

    names = list(stack)
    state = state_of(names[-1])
    at, end = 0, len(text)
    while True:
        for match, what, then in state[text[at] if at < end else ""]:
            found = match(text, at)
            if not found:
                continue
            if type(what) is _TokenType:
                yield at, what, found.group()
            elif what is not None:
                yield from what(self, found)
            at = found.end()
            if then is not None:
                _change(names, then)
                state = state_of(names[-1])
            break
        else:
            if at >= end:
                return
            if text[at] == "\n":
                names = ["root"]
                state = state_of("root")
                yield at, Whitespace, "\n"
            else:
                yield at, Error, text[at]
            at += 1


def _change(names: list[str], then: Any) -> None:
    """Change the stack of states, but never pop the last one."""
    for step in then if isinstance(then, tuple) else (then,):
        if isinstance(step, int):
            del names[1 if abs(step) >= len(names) else step :]
        elif step == "#push":
            names.append(names[-1])
        elif step != "#pop":
            names.append(step)
        elif len(names) > 1:
            names.pop()
