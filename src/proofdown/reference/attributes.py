"""The fields of a dataclass with the texts that stand below them in its source."""

import ast
import inspect
import textwrap
from dataclasses import dataclass, fields
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Attribute:
    """A field of a dataclass."""

    name: str
    text: str
    """What stands below it; empty where nothing does."""


def attributes_of(view: type) -> list[Attribute]:
    """Return the fields of a dataclass in their order."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(view))).body
    body = tree.body if isinstance(tree, ast.ClassDef) else []
    texts = {
        field.target.id: " ".join(str(below.value.value).split())
        for field, below in pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(below, ast.Expr)
        and isinstance(below.value, ast.Constant)
    }
    return [Attribute(field.name, texts.get(field.name, "")) for field in fields(view)]
