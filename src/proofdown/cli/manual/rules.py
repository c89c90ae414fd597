"""Pages of the manual that are made from the code, so that they cannot fall behind it."""

import re
from collections.abc import Iterable

from proofdown.checks.registry import RULES, Rule

_LABEL = re.compile(r"^## (What it does|Why it matters|Example|Instead)\n(```)?", re.MULTILINE)
_COMMANDS = re.compile(r"^```(?:console|sh|shell|bash)$", re.MULTILINE)
"""Blocks of commands: an example of a wrong one is text here, not to be judged."""

_HEAD = """\
---
title: Rules
description: Every rule that Proofdown checks a site by, what it finds and why it matters.
allow: [malformed-uri]
---

# Rules

With this page you can look up what a code in a report means, and what to do about it.
`proofdown explain CODE` prints the same.

An **error** refuses the build.
A **warning** refuses it under `--strict`.
A **note** is told and refuses nothing.
The level of each rule can be set under `checks:` in the settings, where `off` silences it.
"""


def rules_page(rules: Iterable[Rule] = RULES.values()) -> str:
    """Return the page of all rules, in Markdown."""
    sections = [_section(rule) for rule in rules]
    return _HEAD + "\n" + "\n".join(sections)


def _section(rule: Rule) -> str:
    manual = _COMMANDS.sub("```text", rule.load_manual())
    manual = _LABEL.sub(lambda m: f"**{m[1]}.**" + ("\n\n```" if m[2] else " "), manual)
    return f"## {rule.code} {{#{rule.code}}}\n\nLevel: {rule.level}.\n\n{manual}\n"
