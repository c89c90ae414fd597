"""The rules: every code a diagnostic can have, its level and its manual page; running them.

A rule is a function from a `Site` to diagnostics whose docstring is its manual page, under four
headings: what it does, why it matters, an example, and what to write instead. Faults that a stage
of the build finds by itself have their pages in `faults.py`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from inspect import cleandoc

from proofdown.checks import (
    addresses,
    assets,
    commandlines,
    diagrams,
    dialects,
    examples,
    finding,
    links,
    pages,
    pasting,
    prose,
    published,
    recordings,
    references,
    requests,
    shapes,
    uris,
)
from proofdown.checks.allows import apply_allows, unused_allow
from proofdown.checks.commands import COMMAND_RULES
from proofdown.checks.faults import FAULTS
from proofdown.checks.judge import judge
from proofdown.checks.verdicts import VERDICTS
from proofdown.claims import Judgement
from proofdown.config import Config
from proofdown.diagnostics import Diagnostic, Report, Severity, did_you_mean
from proofdown.site import Site

Check = Callable[[Site], Iterator[Diagnostic]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A code that diagnostics can have."""

    code: str
    level: Severity
    manual: str
    """The rule's manual page, in Markdown."""
    check: Check | None = None
    """What finds it; None for a fault that a stage of the build finds."""


_ERRORS: tuple[Check, ...] = (
    addresses.duplicate_address,
    commandlines.unreadable_synopsis,
    diagrams.duplicate_diagram,
    diagrams.unresolved_claim,
    finding.search_misses,
    links.broken_anchor,
    links.broken_link,
    links.missing_asset,
    pages.unresolved_reference,
    pasting.unpasteable_command,
    prose.misspelling,
    prose.run_together,
    published.lost_address,
    published.lost_anchor,
    recordings.missing_recording,
    recordings.stale_recording,
    shapes.ragged_table,
    uris.malformed_uri,
)
_WARNINGS: tuple[Check, ...] = (
    assets.unused_asset,
    diagrams.unused_diagram,
    examples.empty_example,
    pages.duplicate_anchor,
    pages.missing_alt_text,
    pages.missing_title,
    pages.orphan_page,
    pages.skipped_heading_level,
    prose.ampersand,
    prose.confused_word,
    prose.leftover_markup,
    prose.missing_stop,
    prose.mixed_quotes,
    prose.mixed_spelling,
    prose.repeated_word,
    prose.shouting,
    prose.term_variant,
    prose.unbalanced_pair,
    prose.unknown_word,
    prose.wrong_article,
    references.unused_definition,
    requests.outside_request,
)


_NOTES: tuple[Check, ...] = (dialects.code_host_anchor,)


def _rule(check: Check, level: Severity) -> Rule:
    name = check.__name__.replace("_", "-")
    return Rule(name, level, cleandoc(check.__doc__ or ""), check)


def _rule_of_commands(check: Callable[..., object]) -> Rule:
    """Return a rule that judging the commands applies, one command at a time."""
    name = check.__name__.replace("_", "-")
    return Rule(name, Severity.ERROR, cleandoc(check.__doc__ or ""))


RULES: dict[str, Rule] = {
    rule.code: rule
    for rule in sorted(
        [
            *(_rule(check, Severity.ERROR) for check in _ERRORS),
            *(_rule(check, Severity.WARNING) for check in _WARNINGS),
            *(_rule(check, Severity.NOTE) for check in _NOTES),
            *(_rule_of_commands(check) for check in COMMAND_RULES),
            *(Rule(code, level, cleandoc(text)) for code, level, text in (*FAULTS, *VERDICTS)),
            Rule("unused-allow", Severity.WARNING, cleandoc(unused_allow.__doc__ or "")),
        ],
        key=lambda rule: rule.code,
    )
}
"""Every rule by its code."""


def run_checks(
    site: Site, judgements: tuple[Judgement, ...], report: Report
) -> tuple[Diagnostic, ...]:
    """Return everything wrong with a site, levelled and in order.

    That is what the stages reported, why claims are broken, and what every rule finds.
    """
    found = [*report, *(problem for j in judgements for problem in j.problems)]
    for rule in RULES.values():
        if rule.check and site.config.levels.get(rule.code, rule.level) is not None:
            found += rule.check(site)
    found += _unknown_codes(site.config)
    found = apply_allows(site, found, RULES)
    return tuple(sorted(_levelled(found, site.config), key=lambda d: d.sort_key))


def _levelled(found: list[Diagnostic], config: Config) -> Iterator[Diagnostic]:
    for diagnostic in dict.fromkeys(found):
        level = config.levels.get(diagnostic.code, RULES[diagnostic.code].level)
        if level is not None:
            yield diagnostic.with_severity(level)


def _unknown_codes(config: Config) -> Iterator[Diagnostic]:
    for code, place in config.level_places.items():
        if code not in RULES:
            help_ = did_you_mean(code, RULES) or "`proofdown explain` lists them"
            yield Diagnostic("unknown-rule", f"there is no rule `{code}`", place, help_)


__all__ = ["RULES", "Rule", "judge", "run_checks"]
