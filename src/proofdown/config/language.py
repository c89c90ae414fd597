"""The site's language: the settings `language`, `languages` and `spelling`."""

import re

from msgspec import Struct

from proofdown.addresses import is_web_address
from proofdown.fields import Fields
from proofdown.keys import Entry
from proofdown.yamltree import Mapping, Scalar

AMERICAN, BRITISH = "american", "british"
"""The two spellings of English that a site can choose from."""

_TAG = re.compile(r"(?:[a-z]{2,3}|[ix](?=-))(?:-[a-z0-9]{1,8})*", re.IGNORECASE)
_UNKNOWN_LANGUAGE = "und"
"""The tag of an undetermined language (BCP 47), in which no prose is checked."""
_RIGHT_TO_LEFT = frozenset("ar arc ckb dv fa he ks nqo ps sd syr ug ur yi".split())
_SPELLING_BY_REGION = {"us": AMERICAN} | dict.fromkeys(("au", "gb", "ie", "nz", "za"), BRITISH)


class LanguageSetting(Struct, frozen=True):
    """The same site in another language, with the same pages at the same addresses."""

    tag: str
    name: str
    """What the language calls itself."""
    url: str


def direction_of(language: str) -> str:
    """Return `rtl` if a language is written from right to left, else `ltr`."""
    return "rtl" if language.split("-")[0].lower() in _RIGHT_TO_LEFT else "ltr"


def spelling_of(language: str) -> str:
    """Return how the region of a language tag spells English, or "" if that is unknown."""
    return _SPELLING_BY_REGION.get(language.lower().partition("-")[2], "")


def read_language(entry: Entry) -> str | None:
    """Return the tag of the site's language; if it is invalid, report it and guess."""
    value = entry.scalar()
    return _tag(value, entry) if value else None


def _tag(value: Scalar, entry: Entry) -> str:
    """Return a language tag (RFC 5646); if it is invalid, report it and return a guess."""
    if _TAG.fullmatch(value.text):
        return value.text
    # The name of a POSIX locale may have been written, as in `en_GB.UTF-8`.
    guess = value.text.strip().partition(".")[0].replace("_", "-")
    is_likely = _TAG.fullmatch(guess)
    help_ = f"did you mean `{guess}`?" if is_likely else "as in `en`, `en-GB` or `de`"
    entry.fault(f"`{value.text}` is not a language tag", value.location, help_)
    return guess if is_likely else _UNKNOWN_LANGUAGE


def read_languages(entry: Entry) -> tuple[LanguageSetting, ...]:
    """Return the languages that the site exists in."""
    found = []
    for tag, value in entry.fields.mapping(entry.key) or ():
        own = Fields(value, entry.fields.report) if isinstance(value, Mapping) else None
        name, url = (own.text("name"), own.text("url")) if own else ("", "")
        if own:
            own.reject_unknown("a setting of a language")
        if name and is_web_address(url):
            found.append(LanguageSetting(_tag(tag, entry), name, url.rstrip("/") + "/"))
            continue
        message = f"the language `{tag.text}` needs a `name` and a `url`"
        help_ = "as in `de: {name: Deutsch, url: https://example.org/de/}`"
        entry.fault(message, tag.location, help_)
    return tuple(found)


def read_english(entry: Entry) -> str | None:
    """Return how the site spells English."""
    return entry.fields.choice(entry.key, (AMERICAN, BRITISH))
