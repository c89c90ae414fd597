"""The codes of the rules about prose."""

CODES = (
    "ampersand",
    "confused-word",
    "leftover-markup",
    "missing-stop",
    "misspelling",
    "mixed-quotes",
    "mixed-spelling",
    "repeated-word",
    "run-together",
    "shouting",
    "term-variant",
    "unbalanced-pair",
    "unknown-word",
    "wrong-article",
)
"""The rules about prose. Where all of them are off, no prose is read."""
