"""Compile PyMdown's patterns for emphasis when a text first contains a delimiter."""

import sys
from typing import Any

from proofdown.markup.fast.signatures import takes

_DELIMITERS = "pymdownx.delimiterprocessor"


def defer_delimiters() -> bool:
    """Compile PyMdown's delimiter patterns lazily; return whether it is patched.

    They are its largest patterns, and few texts contain a delimiter of marks or insertions. Return
    False until an extension has imported PyMdown's module with them, or if it is unknown.
    """
    delimiter: Any = getattr(sys.modules.get(_DELIMITERS), "Delimiter", None)
    build: Any = getattr(delimiter, "_build_patterns", None)
    if hasattr(delimiter, "__getattr__"):  # patched already
        return True
    if not takes(build, ["self", "token"]):
        return False

    def defer(self: Any, token: str) -> None:
        self.token = token

    def find(self: Any, name: str) -> Any:
        # Python calls this only for attributes that are missing: until the patterns are built.
        if name in ("bad", "boundary", "max_size") and "token" in vars(self):
            build(self, self.token)
        # Raises the usual AttributeError for names that the patterns do not set.
        return object.__getattribute__(self, name)

    delimiter._build_patterns, delimiter.__getattr__ = defer, find
    return True
