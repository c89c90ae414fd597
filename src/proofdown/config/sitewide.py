"""Reads what the settings put on every page: language, announcement, versions, policy, search."""

import re

from proofdown.addresses import is_web_address, split_url
from proofdown.config.model import OFF, Announcement, LanguageSetting, SitewideSettings
from proofdown.diagnostics import Diagnostic, Report
from proofdown.fields import Fields, describe
from proofdown.yamltree import Mapping, Scalar

_TAG = re.compile(r"(?:[a-z]{2,3}|[ix](?=-))(?:-[a-z0-9]{1,8})*", re.IGNORECASE)
_UNKNOWN_LANGUAGE = "und"
"""The tag of a language that nobody knows: no prose is judged by it."""


def read_sitewide(fields: Fields, report: Report) -> SitewideSettings:
    """Return these settings; what is wrong with one is reported and left at its default."""
    return SitewideSettings(
        announcement=_announcement(fields, report),
        languages=tuple(_languages(fields, report)),
        has_versions=fields.flag("versions", default=False),
        has_policy=fields.choice("policy", ("strict", OFF), "strict") != OFF,
        expected=tuple(_expected(fields, report)),
    )


def read_language(fields: Fields, report: Report) -> str:
    """Return the tag of the site's language; one that is none is reported, and guessed at."""
    value = fields.scalar("language")
    return "en" if value is None else _tag(value, report)


def _tag(value: Scalar, report: Report) -> str:
    """Return a language tag (RFC 5646), or the likeliest where that is none, which is reported."""
    if _TAG.fullmatch(value.text):
        return value.text
    guess = value.text.strip().partition(".")[0].replace("_", "-")
    is_likely = _TAG.fullmatch(guess)
    help_ = f"did you mean `{guess}`?" if is_likely else "as in `en`, `en-GB` or `de`"
    message = f"`{value.text}` is not a language tag"
    report.add(Diagnostic("invalid-value", message, value.location, help_))
    return guess if is_likely else _UNKNOWN_LANGUAGE


def _announcement(fields: Fields, report: Report) -> Announcement | None:
    if not fields.is_mapping("announcement"):
        value = fields.scalar("announcement")
        return Announcement(value.text, location=value.location) if value and value.text else None
    own = fields.fields("announcement")
    text, link = (own.text("text"), own.scalar("link")) if own else ("", None)
    location = fields.location("announcement")
    if own:
        own.reject_unknown("a setting of an announcement")
    if not text and location:
        report.add(Diagnostic("invalid-value", "the announcement has no `text`", location))
        return None
    if link and split_url(link.text) is None:
        message = f"`{link.text}` is neither a path of a page nor a web address"
        report.add(Diagnostic("invalid-value", message, link.location))
        return Announcement(text)
    return Announcement(text, link.text, link.location) if link else Announcement(text)


def _languages(fields: Fields, report: Report) -> list[LanguageSetting]:
    found = []
    for tag, value in fields.mapping("languages") or ():
        own = Fields(value, report) if isinstance(value, Mapping) else None
        name, url = (own.text("name"), own.text("url")) if own else ("", "")
        if own:
            own.reject_unknown("a setting of a language")
        if name and is_web_address(url):
            found.append(LanguageSetting(_tag(tag, report), name, url.rstrip("/") + "/"))
            continue
        message = f"the language `{tag.text}` is not a `name` and a `url`"
        help_ = "as in `de: {name: Deutsch, url: https://example.org/de/}`"
        report.add(Diagnostic("invalid-value", message, tag.location, help_))
    return found


def _expected(fields: Fields, report: Report) -> list[tuple[Scalar, Scalar]]:
    search = fields.fields("search")
    found = []
    for query, page in (search.mapping("expect") or ()) if search else ():
        if isinstance(page, Scalar) and page.text:
            found.append((query, page))
            continue
        message = f"what `{query.text}` must find is {describe(page)}, not the path of a page"
        report.add(Diagnostic("invalid-value", message, page.location))
    if search:
        search.reject_unknown("a setting of search")
    return found
