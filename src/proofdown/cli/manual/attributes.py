"""Read the fields of a struct with their docstrings."""

import ast
import inspect
import textwrap
from itertools import pairwise

from msgspec import Struct


class Attribute(Struct, frozen=True):
    """A field of a struct."""

    name: str
    text: str
    """The first paragraph of its docstring; empty if it has none."""


def attributes_of(view: type[Struct]) -> list[Attribute]:
    """Return the fields of a struct, in order."""
    # Python discards the string literal below a field, so it has to be read from the source.
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(view))).body
    body = tree.body if isinstance(tree, ast.ClassDef) else []
    texts = {
        field.target.id: " ".join(
            inspect.cleandoc(str(below.value.value)).partition("\n\n")[0].split()
        )
        for field, below in pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(below, ast.Expr)
        and isinstance(below.value, ast.Constant)
    }
    return [Attribute(name, texts.get(name, "")) for name in view.__struct_fields__]
