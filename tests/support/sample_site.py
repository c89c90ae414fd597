"""A small site with a bit of everything."""

from pathlib import Path
from typing import Any

import yaml

from proofdown.checks.registry import RULES
from proofdown.content.evidence.recordings import digest_of
from proofdown.diagnostics import Severity
from tests.support.project import Project

BREAKS_THE_SITE = ("duplicate-address", "unwritable-output", "foreign-output")
TOLERANT = {
    code: "warning"
    for code, rule in sorted(RULES.items())
    if rule.level is Severity.ERROR and code not in BREAKS_THE_SITE
}
"""Levels with which a site is written despite its problems, so that it can be compared."""
SETTINGS: dict[str, Any] = {
    "title": "Test",
    "url": "https://example.org/docs/",
    "nav": ["index.md", {"Guide": ["guide/one.md", "guide/two.md"]}, "plain.md"],
    "checks": TOLERANT,
    "commands": {"tool": "help"},
}


def recording(body: str) -> str:
    """Return a recording with a head that matches its body."""
    head = f"command: tool --help\ndate: 2026-11-22\nsha256: {digest_of(body)}\n"
    return f"---\n{head}---\n{body}"


HELP = "Usage: tool [--all] [--name NAME] FILE\n\n  --all  all of it\n  --name NAME  a name\n"
TABLE = "- {Type: One, After: Red}\n- {Type: Two, After: Blue}\n"
CLAIMS = """diagrams:
  flow: {connections: [a -> b]}
tables:
  "#cases": {inputs: [Type], recording: table}
"""
FILES: dict[str, str | bytes] = {
    "content/index.md": "# Home\n\nA colour.\n\nSee [one](guide/one.md#first) and "
    "[two](guide/two.md).\n\n![A flow](../diagrams/flow.dot)\n\n## Cases\n\n"
    "| Type | After |\n|---|---|\n| One | Red |\n| Two | Blue |\n",
    "content/index.claims.yml": CLAIMS,
    "content/guide/one.md": "---\ntitle: One\nextra: {since: 2026-01-01}\n---\n# One\n\n"
    "## First\n\nThe front end is here.\n\n```console\n$ tool --all --nmae x file\n```\n",
    "content/guide/two.md": "# Two\n\nSee [one](one.md) and [home](../index.md#cases).\n\n"
    "![A picture](../img/a.png)\n",
    "content/plain.md": "# Plain\n\nNothing but words, and a front-end.\n",
    "content/img/a.png": b"\x89PNG one",
    "content/recordings/help": recording(HELP),
    "content/recordings/table": recording(TABLE),
    "diagrams/flow.dot": "digraph { a -> b }\n",
    "parts/part.txt": "A part.\n",
    "templates/page.html": "<!doctype html><html lang=en><title>{{ page.title }}</title>"
    "<nav>{{ nav }}</nav>{% for c in page.breadcrumbs %}{{ c.title }}/{% endfor %}"
    "<main>{{ page.content }}</main>{% if page.next %}{{ page.next.title }}{% endif %}"
    "{{ page.extra }}</html>\n",
    "templates/404.html": "<!doctype html><title>None</title>{{ nav }}\n",
    "templates/proof.html": "<!doctype html><title>Proof</title>"
    "{% for r in rows %}{{ r.name }} {{ r.verdict }} {{ r.claimed_at }}\n{% endfor %}\n",
    "templates/redirect.html": "<!doctype html><title>Moved</title>\n",
}


def make_site(root: Path) -> Project:
    """Write the site into a new folder."""
    project = Project.make(root, FILES)
    write_settings(root, SETTINGS)
    return project


def write_settings(root: Path, settings: dict[str, Any]) -> None:
    """Write the settings of a site."""
    text = yaml.safe_dump(settings, sort_keys=False, width=1000)
    (root / "proofdown.yml").write_text(text, "utf-8")


def load_settings(root: Path) -> dict[str, Any]:
    """Return the current settings of a site."""
    found: dict[str, Any] = yaml.safe_load((root / "proofdown.yml").read_text("utf-8"))
    return found
