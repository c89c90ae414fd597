"""Generate the manual's page of templates: their names, blocks and variables."""

from collections.abc import Iterable, Iterator

from jinja2 import Environment, meta, nodes

from proofdown.cli.manual.attributes import attributes_of
from proofdown.site.figures import FigureView
from proofdown.site.templating.context import (
    Everywhere,
    LanguageLink,
    NavLink,
    PageView,
    SiteView,
    TocEntry,
)
from proofdown.site.templating.environment import theme_folder
from proofdown.site.templating.nav import NavEntry
from proofdown.site.templating.translations import read_words

_LAYOUT = "base.html"

_TEMPLATES = {
    "base.html": "Everything around the text of a page",
    "page.html": "The default layout of pages",
    "404.html": "The page that hosts serve for an unknown address",
    "proof.html": "The page that lists every claim",
    "redirect.html": "The page that redirects from an old address",
    "nav.html": "The entries of the nav",
    "figure.html": "A drawing in a page",
    "recording.html": "A recording in a page",
    "evidence.html": "The line that names the evidence for a drawing or a table",
}

_BLOCKS = {
    "head": "All of `<head>`",
    "title": "The text of `<title>`",
    "meta": "Description, canonical link, card, feed",
    "styles": "The stylesheets",
    "announcement": "The announcement above the header",
    "header": "The header",
    "search": "Its search button",
    "tools": "Its right side: versions, languages, repository, theme switch",
    "sidebar": "The nav",
    "toc": "The table of contents",
    "main": "Everything in `<main>`",
    "breadcrumbs": "The sections around the page",
    "content": "The text of the page; most layouts override only this block",
    "page_foot": "Below the text: the edit link, the last change, the previous and next page",
    "footer": "The footer",
    "scripts": "The scripts",
}

_VIEWS = (
    ("Every layout", "everywhere", Everywhere),
    ("`site`", "site", SiteView),
    ("`page`", "page", PageView),
    ("A heading in `page.toc`", "heading", TocEntry),
    ("A link", "link", NavLink),
    ("A language in `site.languages`", "language", LanguageLink),
    ("`drawing` in `figure.html`", "drawing", FigureView),
    ("An entry in `nav.html`", "entry", NavEntry),
)

_HEAD = """\
---
title: Templates and their variables
description: The templates of the theme, their blocks, and every variable that they can use.
---

# Templates and their variables

These are the templates, blocks and variables for writing a layout or changing a part of the theme.
To get started, see [Change the look](theme.md).

A template that uses a variable that is not listed here fails the build, with its file and line.
"""


def templates_page() -> str:
    """Return the page of templates, in Markdown."""
    parts = [_HEAD, _templates_section(), _blocks_section()]
    parts.append("## Variables {#variables}\n")
    parts += [
        f"### {title} {{#{anchor}}}\n\n"
        + _table("Variable", ((a.name, a.text) for a in attributes_of(view)))
        for title, anchor, view in _VIEWS
    ]
    parts.append(_words_section())
    return "\n".join(parts)


def _templates_section() -> str:
    rows = ((name, f"{_TEMPLATES[name]}. {_uses(name)}") for name in sorted(theme_templates()))
    text = "A file of the same name in `templates/` replaces one of these.\n"
    return f"## Templates of the theme {{#templates}}\n\n{text}\n" + _table("Template", rows)


def _uses(name: str) -> str:
    """Return a sentence on a template's variables besides those of every layout."""
    everywhere = {attribute.name for attribute in attributes_of(Everywhere)}
    tree = _parse(name)
    used = sorted(meta.find_undeclared_variables(tree) - everywhere - {"page", "page_title"})
    return f"Variables: {', '.join(f'`{one}`' for one in used)}." if used else ""


def _blocks_section() -> str:
    text = f"The blocks of `{_LAYOUT}`, from top to bottom; `page.html` has the same.\n"
    rows = ((name, f"{_BLOCKS[name]}.") for name in block_names())
    return f"## Blocks {{#blocks}}\n\n{text}\n" + _table("Block", rows)


def _words_section() -> str:
    text = (
        "Every word that the theme itself writes, for `templates/words.yml` and as `words.KEY`.\n"
    )
    rows = (
        (key, f"“{word}”") for key, word in read_words(theme_folder() / "words" / "en.yml").items()
    )
    return f"## Words {{#words}}\n\n{text}\n" + _table("Key", rows, "English")


def theme_templates() -> Iterable[str]:
    """Return the names of the theme's templates."""
    return {file.name for file in theme_folder().glob("*.html")}


def block_names() -> list[str]:
    """Return the names of the base layout's blocks, in order."""
    found = sorted(_parse(_LAYOUT).find_all(nodes.Block), key=lambda block: block.lineno)
    return list(dict.fromkeys(block.name for block in found))


def _parse(name: str) -> nodes.Template:
    text = (theme_folder() / name).read_text("utf-8")
    return Environment(autoescape=True).parse(text)


def _table(head: str, rows: Iterable[tuple[str, str]], other: str = "Meaning") -> str:
    lines: Iterator[str] = (f"| `{name}` | {text.strip()} |" for name, text in rows)
    return f"| {head} | {other} |\n| --- | --- |\n" + "\n".join(lines) + "\n"
