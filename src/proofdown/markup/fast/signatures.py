"""Whether a function of a library is still the one that a patch was written for."""

from inspect import signature
from typing import Any


def takes(function: Any, parameters: list[str]) -> bool:
    """Return whether a function takes parameters of these names and no others."""
    return callable(function) and list(signature(function).parameters) == parameters
