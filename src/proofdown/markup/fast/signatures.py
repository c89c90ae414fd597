"""Check that a library's function still has the signature that a patch expects."""

from inspect import signature
from typing import Any


def takes(function: Any, parameters: list[str]) -> bool:
    """Return whether a function has exactly these parameter names."""
    return callable(function) and list(signature(function).parameters) == parameters
