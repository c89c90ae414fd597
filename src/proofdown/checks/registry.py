"""The rules: one row for every code that a diagnostic can have; and the functions that run them.

A row has the code, its level, and the function that checks it. Most rules check one page at a
time, so that their results can be cached until the page changes. Some check a page's links to
other pages, some a single command line; the rest check the whole site, in every build. A row
without a function has a code that a stage of the build or the proofreading reports.

A rule's manual page is the docstring of its function or, without one, `manual/CODE.md`. It has
four headings: what the rule does, why it matters, an example, and what to write instead.
"""

from collections.abc import Callable, Iterable, Iterator
from inspect import cleandoc
from pathlib import Path

from msgspec import Struct

from proofdown.checks import search
from proofdown.checks.allows import apply_allows
from proofdown.checks.commands import examples, judge, pasting, uris
from proofdown.checks.commands import rules as commands
from proofdown.checks.commands.rules import CommandCheck
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
from proofdown.config.model import Config
from proofdown.diagnostics import MOST_OF_A_KIND, Diagnostic, Severity, capped, did_you_mean
from proofdown.site.model import ComposedPage, Site, SiteContext

PageCheck = Callable[[ComposedPage, SiteContext], Iterator[Diagnostic]]
"""Checks a page by itself and the context that all pages share. The result is cached."""
LinkCheck = Callable[[ComposedPage, Site], Iterator[Diagnostic]]
"""Checks a page's links against the anchors of the pages that they lead to."""
SiteCheck = Callable[[Site], Iterator[Diagnostic]]
"""Checks the whole site. Runs in every build, so it should need only the pages' summaries."""

_MANUAL = Path(__file__).with_name("manual")
_ERROR, _WARNING, _NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE


class Rule(Struct, frozen=True, kw_only=True):
    """A code that diagnostics can have. Its first check is a function of the same name."""

    code: str
    level: Severity
    """The default level; the settings can override it."""
    check_page: PageCheck | None = None
    check_links: LinkCheck | None = None
    check_command: CommandCheck | None = None
    check_site: SiteCheck | None = None
    """If there is a `check_page` too, checks the settings, templates and style sheets."""

    @property
    def first_check(self) -> Callable[..., object] | None:
        """The check that documents the rule; None if a stage of the build reports it."""
        return self.check_page or self.check_links or self.check_command or self.check_site

    def load_manual(self) -> str:
        """Return the rule's manual page, in Markdown."""
        if self.first_check:
            return cleandoc(self.first_check.__doc__ or "")
        return (_MANUAL / f"{self.code}.md").read_text("utf-8").removesuffix("\n")


_TABLE = (
    # Pages.
    Rule(code="duplicate-anchor", level=_WARNING, check_page=structure.duplicate_anchor),
    Rule(code="missing-alt-text", level=_WARNING, check_page=structure.missing_alt_text),
    Rule(code="missing-title", level=_WARNING, check_page=structure.missing_title),
    Rule(code="orphan-page", level=_WARNING, check_site=structure.orphan_page),
    Rule(code="ragged-table", level=_ERROR, check_page=tables.ragged_table),
    Rule(code="search-misses", level=_ERROR, check_site=search.search_misses),
    Rule(code="skipped-heading-level", level=_WARNING, check_page=structure.skipped_heading_level),
    Rule(code="unresolved-reference", level=_ERROR, check_page=structure.unresolved_reference),
    Rule(code="unused-definition", level=_WARNING, check_page=references.unused_definition),
    # Links, addresses, and what pages load.
    Rule(code="blocked-by-policy", level=_WARNING, check_page=csp.blocked_by_policy),
    Rule(code="broken-anchor", level=_ERROR, check_links=broken.broken_anchor),
    Rule(
        code="broken-link",
        level=_ERROR,
        check_page=broken.broken_link,
        check_site=broken.broken_layout_links,
    ),
    Rule(code="code-host-anchor", level=_NOTE, check_links=code_host_anchors.code_host_anchor),
    Rule(code="duplicate-address", level=_ERROR, check_site=addresses.duplicate_address),
    Rule(code="lost-address", level=_ERROR, check_site=published.lost_address),
    Rule(code="lost-anchor", level=_ERROR, check_site=published.lost_anchor),
    Rule(
        code="missing-asset",
        level=_ERROR,
        check_page=broken.missing_asset,
        check_site=broken.missing_settings_asset,
    ),
    Rule(
        code="outside-request",
        level=_WARNING,
        check_page=outside_requests.outside_request,
        check_site=outside_requests.outside_site_requests,
    ),
    Rule(code="unused-asset", level=_WARNING, check_site=assets.unused_asset),
    # Commands. Those with `check_command` judge a command line in this order.
    Rule(code="unknown-option", level=_ERROR, check_command=commands.unknown_option),
    Rule(code="missing-value", level=_ERROR, check_command=commands.missing_value),
    Rule(code="wrong-value", level=_ERROR, check_command=commands.wrong_value),
    Rule(code="exclusive-options", level=_ERROR, check_command=commands.exclusive_options),
    Rule(code="extra-argument", level=_ERROR, check_command=commands.extra_argument),
    Rule(code="empty-example", level=_WARNING, check_page=examples.empty_example),
    Rule(code="malformed-uri", level=_ERROR, check_page=uris.malformed_uri),
    Rule(code="unpasteable-command", level=_ERROR, check_page=pasting.unpasteable_command),
    Rule(code="unreadable-synopsis", level=_ERROR, check_site=judge.unreadable_synopsis),
    # Claims, and what they rest on: diagrams and recordings.
    Rule(code="diagram-contradicts", level=_ERROR),
    Rule(code="diagram-warning", level=_WARNING),
    Rule(code="duplicate-diagram", level=_ERROR, check_site=diagrams.duplicate_diagram),
    Rule(code="failed-recording", level=_ERROR),
    Rule(code="invalid-claim", level=_ERROR),
    Rule(code="invalid-diagram", level=_ERROR),
    Rule(code="invalid-recording", level=_ERROR),
    Rule(
        code="missing-recording",
        level=_ERROR,
        check_page=recordings.missing_recording,
        check_site=recordings.missing_help,
    ),
    Rule(code="not-judged", level=_ERROR),
    Rule(code="rules-contradict", level=_ERROR),
    Rule(code="stale-recording", level=_ERROR, check_site=recordings.stale_recording),
    Rule(code="table-contradicts", level=_ERROR),
    Rule(code="table-incomplete", level=_ERROR),
    Rule(code="table-overlap", level=_ERROR),
    Rule(code="unknown-value", level=_ERROR),
    Rule(code="unrecorded-quote", level=_ERROR),
    Rule(code="unresolved-claim", level=_ERROR, check_site=diagrams.unresolved_claim),
    Rule(code="unsafe-drawing", level=_WARNING),
    Rule(code="unused-diagram", level=_WARNING, check_site=diagrams.unused_diagram),
    Rule(code="unused-rule", level=_WARNING),
    # Prose, found by proofreading. `prose/codes.py` must list these too.
    Rule(code="ampersand", level=_WARNING),
    Rule(code="confused-word", level=_WARNING),
    Rule(code="leftover-markup", level=_WARNING),
    Rule(code="missing-stop", level=_WARNING),
    Rule(code="misspelling", level=_ERROR),
    Rule(code="mixed-quotes", level=_WARNING),
    Rule(code="mixed-spelling", level=_WARNING),
    Rule(code="repeated-word", level=_WARNING),
    Rule(code="run-together", level=_ERROR),
    Rule(code="shouting", level=_WARNING),
    Rule(code="term-variant", level=_WARNING),
    Rule(code="unbalanced-pair", level=_WARNING),
    Rule(code="unknown-word", level=_WARNING),
    Rule(code="wrong-article", level=_WARNING),
    # Settings and the site's other source files.
    Rule(code="duplicate-key", level=_ERROR),
    Rule(code="invalid-encoding", level=_ERROR),
    Rule(code="invalid-front-matter", level=_ERROR),
    Rule(code="invalid-value", level=_ERROR),
    Rule(code="invalid-yaml", level=_ERROR),
    Rule(code="missing-layout", level=_ERROR),
    Rule(code="missing-nav-target", level=_ERROR),
    Rule(code="missing-program", level=_ERROR),
    Rule(code="missing-settings", level=_ERROR),
    Rule(code="no-pages", level=_ERROR),
    Rule(code="template-error", level=_ERROR),
    Rule(code="unknown-extension", level=_ERROR),
    Rule(code="unknown-key", level=_ERROR),
    Rule(code="unknown-rule", level=_ERROR),
    Rule(code="unreadable-file", level=_ERROR),
    Rule(code="unusable-name", level=_ERROR),
    Rule(code="unused-allow", level=_WARNING),
    # Running a build, and writing the site.
    Rule(code="foreign-output", level=_ERROR),
    Rule(code="markdown-error", level=_ERROR),
    Rule(code="over-budget", level=_ERROR),
    Rule(code="run-failed", level=_ERROR),
    Rule(code="slow-highlighting", level=_WARNING),
    Rule(code="unwritable-output", level=_ERROR),
    # Publishing.
    Rule(code="changed-elsewhere", level=_ERROR),
    Rule(code="changed-meanwhile", level=_ERROR),
    Rule(code="differs-live", level=_ERROR),
    Rule(code="empty-site", level=_ERROR),
    Rule(code="failed-publish", level=_ERROR),
    Rule(code="foreign-files", level=_ERROR),
    Rule(code="likely-secret", level=_ERROR),
    Rule(code="many-deletions", level=_ERROR),
    Rule(code="unknown-target", level=_ERROR),
    Rule(code="unusable-version", level=_ERROR),
    Rule(code="withdrawn-page", level=_ERROR),
    # Reviewing.
    Rule(code="failed-patch", level=_ERROR),
    Rule(code="missing-revision", level=_ERROR),
)

RULES: dict[str, Rule] = {rule.code: rule for rule in sorted(_TABLE, key=lambda rule: rule.code)}
"""Every rule by its code, in alphabetical order."""
COMMAND_CHECKS: dict[str, CommandCheck] = {
    rule.code: rule.check_command for rule in _TABLE if rule.check_command
}
"""The checks of a single command line by code, in the order in which they run."""


def check_page(built: ComposedPage, context: SiteContext) -> tuple[Diagnostic, ...]:
    """Return the problems that the page checks find on a page."""
    rules = (rule for rule in RULES.values() if not context.config.is_off(rule.code))
    found = (d for rule in rules if rule.check_page for d in rule.check_page(built, context))
    return tuple(capped(found))


def check_links(built: ComposedPage, site: Site) -> tuple[Diagnostic, ...]:
    """Return the problems that the link checks find on a page."""
    rules = (rule for rule in RULES.values() if not site.config.is_off(rule.code))
    found = (d for rule in rules if rule.check_links for d in rule.check_links(built, site))
    return tuple(capped(found))


def check_site(site: Site, found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Run the site checks, and return all problems of a site, with their levels and in order.

    Args:
        site: the site, with the problems that proofreading found.
        found: the problems that the page checks and the stages of the build found.
    """
    found = list(found)
    found += (d for d in site.prose_diagnostics if not site.config.is_off(d.code))
    for rule in RULES.values():
        if rule.check_site and not site.config.is_off(rule.code):
            found += capped(rule.check_site(site))
    found += _unknown_codes(site.config)
    found = apply_allows(site, found, RULES)
    levelled = sorted(_levelled(found, site.config), key=lambda d: d.sort_key)
    # Capping keeps the first of each kind, so it needs the final order; it appends the number of
    # those it left out, so the result is sorted again.
    return tuple(sorted(capped(levelled), key=lambda d: d.sort_key))


def _levelled(found: list[Diagnostic], config: Config) -> Iterator[Diagnostic]:
    # `dict.fromkeys` drops duplicates and keeps the order.
    for diagnostic in dict.fromkeys(found):
        level = config.level_of(diagnostic.code, RULES[diagnostic.code].level)
        if level is diagnostic.severity:
            yield diagnostic
        elif level is not None:
            yield diagnostic.with_severity(level)


def _unknown_codes(config: Config) -> Iterator[Diagnostic]:
    unknown = ((c, level.location) for c, level in config.levels.items() if c not in RULES)
    for number, (code, location) in enumerate(unknown):
        # Guessing compares a code with all others; no more than these are listed.
        guess = did_you_mean(code, RULES) if number < MOST_OF_A_KIND else ""
        help_ = guess or "`proofdown explain` lists them"
        yield Diagnostic("unknown-rule", f"there is no rule `{code}`", location, help_)
