"""Pygments' lexers made faster from outside, with the same tokens.

A lexer is a table of states, each a row of expressions that are tried one after the other at each
place of a code. Here only those are tried that can match at the character there.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from inspect import signature
from typing import Any

from pygments.lexer import RegexLexer
from pygments.token import Error, Whitespace, _TokenType

from proofdown.markup.fast.first_chars import first_chars_of

_Rule = tuple[Callable[..., Any], Any, Any]
"""What matches, what it is, and which state comes then."""
_Token = tuple[int, Any, str]
_CHOSEN: Any = ("rules by character",)
"""Where among the states of a lexer it is kept what was chosen for each."""
_NAMES = frozenset(
    "_TokenType _tokens Error IndexError Whitespace abs append end group int isinstance len list "
    "pop tuple type".split()
)
"""What the method of Pygments uses that is replaced here; another one is left alone."""
_BEYOND_ASCII = "\x80"
PLAIN = RegexLexer.get_tokens_unprocessed
"""The method as Pygments has it."""


@lru_cache(maxsize=1)
def speed_up_lexers() -> bool:
    """Let lexers try what can match, and nothing else; return whether that could be done."""
    names = getattr(getattr(PLAIN, "__code__", None), "co_names", ())
    if list(signature(PLAIN).parameters) != ["self", "text", "stack"]:
        return False
    if _NAMES.symmetric_difference(names) - {"AssertionError"}:
        return False
    RegexLexer.get_tokens_unprocessed = _tokens_of  # type: ignore[method-assign, assignment]
    return True


class RulesByFirstChar(dict[str, list[_Rule]]):
    """The rules of a state that are tried where a character stands, chosen when it is met."""

    def __init__(self, rules: Sequence[_Rule]) -> None:
        self.rules = [(rule, _starts_of_rule(rule)) for rule in rules]

    def __missing__(self, start: str) -> list[_Rule]:
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
    """Yield the tokens of a code with their offsets, as Pygments' own method does."""
    rules_of: dict[Any, Any] = self._tokens  # type: ignore[attr-defined]
    states: dict[str, RulesByFirstChar] = rules_of.setdefault(_CHOSEN, {})

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
    """Change the stack of states; the last one stays, whatever is taken off."""
    for step in then if isinstance(then, tuple) else (then,):
        if isinstance(step, int):
            del names[1 if abs(step) >= len(names) else step :]
        elif step == "#push":
            names.append(names[-1])
        elif step != "#pop":
            names.append(step)
        elif len(names) > 1:
            names.pop()
