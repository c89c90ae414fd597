"""PyMdown's expressions for emphasis, compiled when a text has a sign for it."""

import sys
from typing import Any

from proofdown.markup.fast.signatures import takes

_DELIMITERS = "pymdownx.delimiterprocessor"


def defer_delimiters() -> bool:
    """Let PyMdown's expressions for emphasis and the like be made when a text has such a sign.

    They are its largest, and few texts have a sign for marks or insertions. Return whether they
    are put off, which they are not before a module is imported that asks for them.
    """
    delimiter: Any = getattr(sys.modules.get(_DELIMITERS), "Delimiter", None)
    make: Any = getattr(delimiter, "_build_patterns", None)
    if hasattr(delimiter, "__getattr__"):
        return True
    if not takes(make, ["self", "token"]):
        return False

    def defer(self: Any, token: str) -> None:
        self.token = token

    def find(self: Any, name: str) -> Any:
        if name in ("bad", "boundary", "max_size") and "token" in vars(self):
            make(self, self.token)
        return object.__getattribute__(self, name)

    delimiter._build_patterns, delimiter.__getattr__ = defer, find
    return True
