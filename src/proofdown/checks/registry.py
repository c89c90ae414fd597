"""The rules: every code a diagnostic can have, its level and its manual page; running them.

A rule is a function that yields diagnostics and whose docstring is its manual page, under four
headings: what it does, why it matters, an example, and what to write instead. Most rules judge a
page at a time, so that what they found need not be found again while the page is as it was; some
judge a page's links to others; the rest look at the whole site, in every build. Faults that a
stage of the build finds by itself have their pages in `faults.py`.
"""

from collections.abc import Callable, Iterable, Iterator
from inspect import cleandoc

from msgspec import Struct

from proofdown.checks import search
from proofdown.checks.allows import apply_allows, unused_allow
from proofdown.checks.commands import examples, judge, pasting, uris
from proofdown.checks.commands.rules import COMMAND_RULES
from proofdown.checks.faults import FAULTS
from proofdown.checks.links import (
    addresses,
    assets,
    broken,
    code_host_anchors,
    csp,
    outside_requests,
    published,
)
from proofdown.checks.pages import diagrams, recordings, references, structure, tables
from proofdown.checks.prose import rules as prose
from proofdown.checks.publishing import PUBLISHING
from proofdown.checks.verdicts import VERDICTS
from proofdown.config.model import Config
from proofdown.diagnostics import MOST_OF_A_KIND, Diagnostic, Severity, capped, did_you_mean
from proofdown.site.model import BuiltPage, Site, SiteContext

PageCheck = Callable[[BuiltPage, SiteContext], Iterator[Diagnostic]]
"""Judges a page by itself and by what all pages are made on, so that it need not be done again."""
LinkCheck = Callable[[BuiltPage, Site], Iterator[Diagnostic]]
"""Judges a page by the anchors of the pages that it links to as well."""
SiteCheck = Callable[[Site], Iterator[Diagnostic]]
"""Judges the whole site, from what is at hand of every page."""


class Rule(Struct, frozen=True):
    """A code that diagnostics can have."""

    code: str
    level: Severity
    manual: str
    """The rule's manual page, in Markdown."""
    of_page: PageCheck | None = None
    of_links: LinkCheck | None = None
    of_site: SiteCheck | None = None
    """What finds it; nothing for a fault that a stage of the build finds."""


_PAGE_CHECKS: tuple[tuple[Severity, PageCheck], ...] = (
    (Severity.ERROR, broken.broken_link),
    (Severity.ERROR, broken.missing_asset),
    (Severity.ERROR, structure.unresolved_reference),
    (Severity.ERROR, pasting.unpasteable_command),
    (Severity.ERROR, recordings.missing_recording),
    (Severity.ERROR, tables.ragged_table),
    (Severity.ERROR, uris.malformed_uri),
    (Severity.WARNING, examples.empty_example),
    (Severity.WARNING, csp.blocked_by_policy),
    (Severity.WARNING, structure.duplicate_anchor),
    (Severity.WARNING, structure.missing_alt_text),
    (Severity.WARNING, structure.missing_title),
    (Severity.WARNING, structure.skipped_heading_level),
    (Severity.WARNING, references.unused_definition),
    (Severity.WARNING, outside_requests.outside_request),
)
_LINK_CHECKS: tuple[tuple[Severity, LinkCheck], ...] = (
    (Severity.ERROR, broken.broken_anchor),
    (Severity.NOTE, code_host_anchors.code_host_anchor),
)
_SITE_CHECKS: tuple[tuple[Severity, SiteCheck], ...] = (
    (Severity.ERROR, addresses.duplicate_address),
    (Severity.ERROR, judge.unreadable_synopsis),
    (Severity.ERROR, diagrams.duplicate_diagram),
    (Severity.ERROR, diagrams.unresolved_claim),
    (Severity.ERROR, search.search_misses),
    (Severity.ERROR, prose.misspelling),
    (Severity.ERROR, prose.run_together),
    (Severity.ERROR, published.lost_address),
    (Severity.ERROR, published.lost_anchor),
    (Severity.ERROR, recordings.stale_recording),
    (Severity.WARNING, assets.unused_asset),
    (Severity.WARNING, diagrams.unused_diagram),
    (Severity.WARNING, structure.orphan_page),
    (Severity.WARNING, prose.ampersand),
    (Severity.WARNING, prose.confused_word),
    (Severity.WARNING, prose.leftover_markup),
    (Severity.WARNING, prose.missing_stop),
    (Severity.WARNING, prose.mixed_quotes),
    (Severity.WARNING, prose.mixed_spelling),
    (Severity.WARNING, prose.repeated_word),
    (Severity.WARNING, prose.shouting),
    (Severity.WARNING, prose.term_variant),
    (Severity.WARNING, prose.unbalanced_pair),
    (Severity.WARNING, prose.unknown_word),
    (Severity.WARNING, prose.wrong_article),
)
_OF_SETTINGS_AND_TEMPLATES: dict[str, SiteCheck] = {
    "broken-link": broken.broken_layout_links,
    "missing-asset": broken.missing_settings_asset,
    "missing-recording": recordings.missing_help,
    "outside-request": outside_requests.outside_site_requests,
}
"""What a rule about pages finds in settings, templates and style sheets, where it is said once."""


def _code_and_manual(check: Callable[..., object]) -> tuple[str, str]:
    return check.__name__.replace("_", "-"), cleandoc(check.__doc__ or "")


def _page_rule(level: Severity, check: PageCheck) -> Rule:
    code, manual = _code_and_manual(check)
    of_site = _OF_SETTINGS_AND_TEMPLATES.get(code)
    return Rule(code, level, manual, of_page=check, of_site=of_site)


def _link_rule(level: Severity, check: LinkCheck) -> Rule:
    code, manual = _code_and_manual(check)
    return Rule(code, level, manual, of_links=check)


def _site_rule(level: Severity, check: SiteCheck) -> Rule:
    code, manual = _code_and_manual(check)
    return Rule(code, level, manual, of_site=check)


def _rule_of_commands(check: Callable[..., object]) -> Rule:
    """Return a rule that judging the commands applies, one command at a time."""
    code, manual = _code_and_manual(check)
    return Rule(code, Severity.ERROR, manual)


RULES: dict[str, Rule] = {
    rule.code: rule
    for rule in sorted(
        [
            *(_page_rule(level, check) for level, check in _PAGE_CHECKS),
            *(_link_rule(level, check) for level, check in _LINK_CHECKS),
            *(_site_rule(level, check) for level, check in _SITE_CHECKS),
            *(_rule_of_commands(check) for check in COMMAND_RULES),
            *(
                Rule(code, level, cleandoc(text))
                for code, level, text in (*FAULTS, *VERDICTS, *PUBLISHING)
            ),
            Rule("unused-allow", Severity.WARNING, cleandoc(unused_allow.__doc__ or "")),
        ],
        key=lambda rule: rule.code,
    )
}
"""Every rule by its code."""


def check_page(built: BuiltPage, context: SiteContext) -> tuple[Diagnostic, ...]:
    """Return what the rules about single pages find on a page."""
    rules = (
        rule for rule in RULES.values() if rule.of_page and not context.config.is_off(rule.code)
    )
    found = (d for rule in rules if rule.of_page for d in rule.of_page(built, context))
    return tuple(capped(found))


def check_links(built: BuiltPage, site: Site) -> tuple[Diagnostic, ...]:
    """Return what the rules about links to anchors find on a page."""
    rules = (rule for rule in RULES.values() if rule.of_links and not site.config.is_off(rule.code))
    found = (d for rule in rules if rule.of_links for d in rule.of_links(built, site))
    return tuple(capped(found))


def check_site(site: Site, found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return everything wrong with a site, levelled and in order.

    That is what was found before, on single pages and by the stages of the build, and what the
    rules about the whole site find.
    """
    found = list(found)
    for rule in RULES.values():
        if rule.of_site and not site.config.is_off(rule.code):
            found += capped(rule.of_site(site))
    found += _unknown_codes(site.config)
    found = apply_allows(site, found, RULES)
    levelled = sorted(_levelled(found, site.config), key=lambda d: d.sort_key)
    return tuple(sorted(capped(levelled), key=lambda d: d.sort_key))


def _levelled(found: list[Diagnostic], config: Config) -> Iterator[Diagnostic]:
    for diagnostic in dict.fromkeys(found):
        level = config.levels.get(diagnostic.code, RULES[diagnostic.code].level)
        if level is diagnostic.severity:
            yield diagnostic
        elif level is not None:
            yield diagnostic.with_severity(level)


def _unknown_codes(config: Config) -> Iterator[Diagnostic]:
    unknown = ((c, location) for c, location in config.level_locations.items() if c not in RULES)
    for number, (code, location) in enumerate(unknown):
        guess = did_you_mean(code, RULES) if number < MOST_OF_A_KIND else ""
        help_ = guess or "`proofdown explain` lists them"
        yield Diagnostic("unknown-rule", f"there is no rule `{code}`", location, help_)


__all__ = ["RULES", "Rule", "check_links", "check_page", "check_site"]
