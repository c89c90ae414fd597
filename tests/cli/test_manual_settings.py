"""The manual's tables of keys match the declarations of the fields that they are read into."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from msgspec import NODEFAULT, Struct
from msgspec.structs import fields as fields_of

from proofdown.cli.manual.attributes import attributes_of
from proofdown.config.model import Config
from proofdown.config.publish import KINDS, PublishTarget
from proofdown.content.frontmatter import FrontMatter
from proofdown.keys import keys_of
from tests.support.project import REPOSITORY

PAGE = REPOSITORY / "content" / "manual" / "settings.md"
SECTIONS = {"title": "The site", "markdown_extensions": "Text and diagrams", "checks": "Checks"}
"""Sections of the page by the key that their table begins with."""
NOTHING: tuple[Any, ...] = ("", (), frozenset(), {}, None)


class Row(Struct, frozen=True):
    """A row of a table: keys that share a meaning, and their default."""

    keys: tuple[str, ...]
    meaning: str
    without: str

    def __str__(self) -> str:
        names = ", ".join(f"`{key}`" for key in self.keys)
        return f"| {names} | {self.meaning} | {self.without} |\n"


def rows_of(struct: type[Struct]) -> Iterator[Row]:
    """Yield a row for each key of a struct; a group, or keys of one meaning, share a row."""
    defaults = {field.name: default_of(field) for field in fields_of(struct)}
    meanings = {attribute.name: attribute.text for attribute in attributes_of(struct)}
    found: list[Row] = []
    for field, key in keys_of(struct).items():
        row = Row((key.name or field,), meanings[field], key.without or shown(defaults[field]))
        if key.group:
            row = Row((key.group.name,), key.group.meaning, key.group.without)
        if found and found[-1].meaning == row.meaning:
            row = Row(tuple(dict.fromkeys(found.pop().keys + row.keys)), row.meaning, row.without)
        found.append(row)
    yield from found


def default_of(field: Any) -> Any:
    if field.default is not NODEFAULT:
        return field.default
    return field.default_factory() if field.default_factory is not NODEFAULT else None


def shown(value: Any) -> str:
    """Return a default value as the manual writes it."""
    if isinstance(value, Struct):
        parts = [getattr(value, name) for name in value.__struct_fields__]
        return ", ".join(shown(part) for part in parts if part not in NOTHING)
    if value in NOTHING:
        return "None"
    return str(value) if type(value) is int else f"`{str(value).lower()}`"


def tables() -> dict[str, list[Row]]:
    """Return the rows of each table of the page, by the start of its heading."""
    found: dict[str, list[Row]] = {}
    section = ""
    *site, publish = rows_of(Config)
    for row in site:
        section = SECTIONS.get(row.keys[0], section)
        found.setdefault(section, []).append(row)
    kinds = [
        Row(tuple(keys_of(kind.struct)), f"Of `{kind.name}`: {kind.meaning}.", kind.without)
        for kind in KINDS
    ]
    found["Publishing"] = [publish, *rows_of(PublishTarget), *kinds]
    found["Front matter"] = list(rows_of(FrontMatter))
    return found


def with_tables(page: str) -> str:
    """Return the page with its tables generated from the declarations."""
    for section, rows in tables().items():
        table = "| Key | Meaning | Without it |\n| --- | --- | --- |\n" + "".join(map(str, rows))
        pattern = rf"(^## {section}[^\n]*\n(?:(?!## |\|)[^\n]*\n)*)(?:\|[^\n]*\n)+"
        found = re.search(pattern, page, re.MULTILINE)
        assert found, section
        page = page[: found.end(1)] + table + page[found.end() :]
    return page


def test_the_tables_of_settings_and_front_matter_match_the_declarations(
    request: pytest.FixtureRequest,
) -> None:
    page = PAGE.read_text("utf-8")
    made = with_tables(page)
    if request.config.getoption("--update"):
        PAGE.write_text(made, "utf-8")
        page = made
    assert page == made


def test_every_key_has_a_meaning_on_the_page() -> None:
    rows = [row for table in tables().values() for row in table]
    assert len(rows) > 35
    assert [row.keys for row in rows if not (row.meaning and row.without)] == []


def test_each_key_of_a_nested_mapping_is_named_on_the_page() -> None:
    page = PAGE.read_text("utf-8")
    assert [
        name for name in names_read(Config) if not re.search(rf"`{name}`|\b{name}:", page)
    ] == []


def names_read(struct: type[Struct]) -> Iterator[str]:
    """Yield the keys of a struct, and those of the structs in its fields."""
    for field, key in keys_of(struct).items():
        yield key.name or field
        for inner in structs_in(struct.__annotations__[field]):
            yield from names_read(inner)


def structs_in(hint: Any) -> Iterator[type[Struct]]:
    if isinstance(hint, type) and issubclass(hint, Struct):
        yield hint
    for inner in (getattr(hint, "__origin__", None), *getattr(hint, "__args__", ())):
        if inner is not None and inner is not hint:
            yield from structs_in(inner)
