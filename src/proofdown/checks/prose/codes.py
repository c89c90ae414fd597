"""The codes that proofreading finds, in a module of their own.

Parsing begins before the rules are imported, and must know whether anybody wants prose read.
"""

PROSE_CODES = (
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
"""Where all of them are off, no prose is read."""
