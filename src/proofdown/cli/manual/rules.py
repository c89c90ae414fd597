"""Generate the manual's page of rules."""

import re
from collections.abc import Iterable

from proofdown.checks.registry import RULES, Rule

_LABEL = re.compile(r"^## (What it does|Why it matters|Example|Instead)\n(```)?", re.MULTILINE)
_COMMANDS = re.compile(r"^```(?:console|sh|shell|bash)$", re.MULTILINE)
"""Opening fences of command blocks, whose examples of wrong commands must not be checked."""

_HEAD = """\
---
title: Rules
description: Every rule that Proofdown checks a site by, what it finds and why it matters.
allow: [malformed-uri]
---

# Rules

This page explains each code in a report, and what to do about it.
`proofdown explain CODE` prints the same.

An **error** fails the build.
A **warning** fails it under `--strict`.
A **note** is only reported.
To change the level of a rule, or turn it `off`, name it under `checks:` in the settings.
"""


def rules_page(rules: Iterable[Rule] = RULES.values()) -> str:
    """Return the page of all rules, in Markdown."""
    sections = [_section(rule) for rule in rules]
    return _HEAD + "\n" + "\n".join(sections)


def _section(rule: Rule) -> str:
    """Return a rule's section: its level and its manual with bold labels as headings."""
    manual = _COMMANDS.sub("```text", rule.load_manual())
    manual = _LABEL.sub(lambda m: f"**{m[1]}.**" + ("\n\n```" if m[2] else " "), manual)
    return f"## {rule.code} {{#{rule.code}}}\n\nLevel: {rule.level}.\n\n{manual}\n"
