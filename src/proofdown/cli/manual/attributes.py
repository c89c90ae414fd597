"""The fields of a struct with the texts that stand below them in its source."""

import ast
import inspect
import textwrap
from itertools import pairwise

from msgspec import Struct


class Attribute(Struct, frozen=True):
    """A field of a struct."""

    name: str
    text: str
    """The first paragraph of what stands below it; empty where nothing does."""


def attributes_of(view: type[Struct]) -> list[Attribute]:
    """Return the fields of a struct in their order."""
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
