"""The imports between the modules of the package, read from their sources.

An import counts wherever it is written: at the top of a module, inside a function, or for types
only.
"""

import ast
from collections.abc import Collection, Iterator
from pathlib import Path

import proofdown

PACKAGE = Path(proofdown.__file__).parent


def find_modules(package: Path = PACKAGE) -> dict[str, Path]:
    """Return the modules below a package's folder by name, without the package's own name."""
    files = sorted(package.rglob("*.py"))
    named = [file for file in files if file.name not in ("__init__.py", "__main__.py")]
    return {name_of(file, package): file for file in named}


def name_of(file: Path, package: Path = PACKAGE) -> str:
    """Return the name of a module, or of a package from its `__init__.py`."""
    parts = file.relative_to(package).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(module: str) -> str:
    """Return the room that a module is in; its own name if it is on the ground."""
    return module.split(".")[0]


def find_imports(file: Path, modules: Collection[str]) -> Iterator[str]:
    """Yield the full name of everything that a file imports.

    Args:
        file: The source file.
        modules: The modules of the package, to distinguish `from package import module` from
            `from module import name`.
    """
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            within = node.module.removeprefix("proofdown").removeprefix(".")
            for alias in node.names:
                longer = f"{within}.{alias.name}".removeprefix(".")
                is_module = longer in modules and node.module.startswith("proofdown")
                yield f"proofdown.{longer}" if is_module else node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def load_imports(package: Path = PACKAGE) -> dict[str, set[str]]:
    """Return, for each module of the package, the modules of the package that it imports."""
    modules, prefix = find_modules(package), "proofdown."
    return {
        name: {
            imported.removeprefix(prefix)
            for imported in find_imports(file, modules)
            if imported.startswith(prefix)
        }
        for name, file in modules.items()
    }
