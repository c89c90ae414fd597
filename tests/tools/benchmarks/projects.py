"""Project folders: the same pages for each tool, with search, highlighting and a nav."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from proofdown.checks.registry import RULES
from proofdown.diagnostics import Severity

BLOCK_TYPES = "note attention caution danger error tip hint warning info check".split()
EXTENSIONS: dict[str, dict[str, Any]] = {
    "abbr": {},
    "attr_list": {},
    "footnotes": {},
    "md_in_html": {},
    "tables": {},
    "toc": {"permalink": True},
    "pymdownx.betterem": {},
    "pymdownx.caret": {},
    "pymdownx.highlight": {},
    "pymdownx.inlinehilite": {},
    "pymdownx.keys": {},
    "pymdownx.mark": {},
    "pymdownx.superfences": {},
    "pymdownx.tilde": {},
    "pymdownx.blocks.admonition": {"types": BLOCK_TYPES},
    "pymdownx.blocks.details": {},
    "pymdownx.blocks.tab": {"alternate_style": True},
}
"""The extensions that the pages of the large corpora need; every Python tool gets them."""

_TITLE, _URL = "Corpus", "http://127.0.0.1/"
_MATERIAL = {
    "name": "material",
    "features": [
        *("content.code.copy", "content.tabs.link", "navigation.footer", "navigation.indexes"),
        *("navigation.path", "navigation.tabs", "navigation.top", "search.highlight"),
    ],
}

Maker = Callable[[Path, Path], None]
"""Makes a project in an empty folder from a folder of pages."""


def proofdown(project: Path, pages: Path) -> None:
    """Every check is on; problems due to another tool's syntax are only warnings."""
    _proofdown(
        project, pages, {c: "warning" for c, r in RULES.items() if r.level is Severity.ERROR}
    )


def proofdown_alone(project: Path, pages: Path) -> None:
    """Every check is off, so that it does only what the peers do."""
    _proofdown(project, pages, dict.fromkeys(RULES, "off"))


def _proofdown(project: Path, pages: Path, levels: dict[str, str]) -> None:
    _copy(pages, project / "content")
    extensions = [{name: options} if options else name for name, options in EXTENSIONS.items()]
    settings = {"title": _TITLE, "url": _URL, "markdown_extensions": extensions, "checks": levels}
    _write(project / "proofdown.yml", yaml.safe_dump(settings))


def mkdocs(project: Path, pages: Path) -> None:
    """MkDocs with its own theme."""
    _mkdocs(project, pages, {"theme": {"name": "mkdocs"}, "plugins": ["search"]})


def material(project: Path, pages: Path) -> None:
    """MkDocs with Material, in the usual setup."""
    _mkdocs(project, pages, {"theme": _MATERIAL, "plugins": ["search"]})


def zensical(project: Path, pages: Path) -> None:
    """Zensical, which reads the same settings."""
    _mkdocs(project, pages, {"theme": _MATERIAL | {"variant": "classic"}})


def _mkdocs(project: Path, pages: Path, settings: dict[str, Any]) -> None:
    _copy(pages, project / "docs")
    extensions = [{name: options} if options else name for name, options in EXTENSIONS.items()]
    settings |= {"site_name": _TITLE, "site_url": _URL, "markdown_extensions": extensions}
    _write(project / "mkdocs.yml", yaml.safe_dump(settings))


def hugo(project: Path, pages: Path) -> None:
    """Hugo with a small theme: a nav of all pages by folder, and an index to search in."""
    _copy(pages, project / "content")
    for index in (project / "content").rglob("index.md"):
        index.rename(index.with_name("_index.md"))
    _write(project / "hugo.toml", _HUGO)
    _write(project / "layouts/index.json", _HUGO_INDEX)
    _write(project / "layouts/partials/nav.html", _HUGO_NAV)
    _write(project / "layouts/partials/sidebar.html", '{{ partial "nav.html" . }}\n')
    for name in ("single", "list"):
        _write(project / f"layouts/_default/{name}.html", _HUGO_PAGE)


def eleventy(project: Path, pages: Path) -> None:
    """Eleventy with the same page: a nav of all pages, highlighting, and an index."""
    _copy(pages, project / "docs")
    (project / "node_modules").symlink_to(project.parents[1] / "tools/eleventy/node_modules")
    _write(project / "package.json", '{"private": true, "type": "module"}\n')
    _write(project / "eleventy.config.js", _ELEVENTY)
    _write(project / "_includes/page.njk", _ELEVENTY_PAGE)
    _write(project / "docs/docs.11tydata.json", '{"layout": "page.njk"}\n')
    _write(project / "docs/search.njk", _ELEVENTY_INDEX)


def make(project: Path, pages: Path, maker: Maker) -> None:
    """Make a project from scratch."""
    shutil.rmtree(project, ignore_errors=True)
    project.mkdir(parents=True)
    maker(project, pages)


def _copy(pages: Path, folder: Path) -> None:
    """Copy pages, so that an edit in one project does not change another."""
    shutil.copytree(pages, folder, copy_function=_copy_page)


def _copy_page(source: str, target: str) -> None:
    if source.endswith(".md"):
        shutil.copyfile(source, target)
    else:
        os.link(source, target)  # pictures are not edited


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")


_HUGO = f"""\
baseURL = "{_URL}"
title = "{_TITLE}"
disableKinds = ["taxonomy", "term", "RSS"]
enableGitInfo = false
[outputs]
home = ["HTML", "JSON"]
[markup.goldmark.renderer]
unsafe = true
[markup.goldmark.parser.attribute]
block = true
[markup.highlight]
noClasses = false
"""
_HUGO_NAV = """\
<ul>{{ range .Pages }}<li><a href="{{ .RelPermalink }}">{{ .LinkTitle }}</a>
{{ if .IsSection }}{{ partial "nav.html" . }}{{ end }}</li>{{ end }}</ul>
"""
_HUGO_PAGE = """\
<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{{ .Title }}</title></head><body>
<nav>{{ partialCached "sidebar.html" site.Home }}</nav><main>{{ .Content }}</main>
<aside>{{ .TableOfContents }}</aside></body></html>
"""
_HUGO_INDEX = """\
[{{ range $i, $p := site.RegularPages }}{{ if $i }},{{ end }}
{{ dict "title" $p.Title "url" $p.RelPermalink "text" $p.Plain | jsonify }}{{ end }}]
"""
_ELEVENTY = """\
import highlight from "@11ty/eleventy-plugin-syntaxhighlight";
export default (config) => {
  config.addPlugin(highlight);
  config.addPassthroughCopy("docs/**/*.{png,jpg,gif,svg,css,js}");
  config.addFilter("plain", (html) => (html || "").replace(/<[^>]*>/g, " "));
  return { dir: { input: "docs", includes: "../_includes", output: "_site" },
    markdownTemplateEngine: false, htmlTemplateEngine: "njk", templateFormats: ["md", "njk"] };
};
"""
_ELEVENTY_PAGE = """\
<!doctype html><html lang="en"><head><meta charset="utf-8">
<title>{{ title or page.fileSlug }}</title></head><body><nav><ul>{% for p in collections.all %}
<li><a href="{{ p.url }}">{{ p.data.title or p.fileSlug }}</a></li>{% endfor %}</ul></nav>
<main>{{ content | safe }}</main></body></html>
"""
_ELEVENTY_INDEX = """\
---
permalink: /search.json
layout: false
eleventyExcludeFromCollections: true
---
[{% for p in collections.all %}{% if not loop.first %},{% endif %}
{{ {title: p.data.title or p.fileSlug, url: p.url, text: p.content | plain} | dump | safe }}
{% endfor %}]
"""
