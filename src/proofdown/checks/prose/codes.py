"""The codes that proofreading reports.

They have a module of their own because parsing begins before the rules are imported, and must know
whether the settings ask for any of them.
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
"""If all of them are off, proofreading is skipped."""
