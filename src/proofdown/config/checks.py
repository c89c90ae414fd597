"""The settings of checks: a level for each rule, and what searches must find."""

from msgspec import Struct

from proofdown.config.values import OFF
from proofdown.diagnostics import Severity, did_you_mean
from proofdown.fields import describe
from proofdown.keys import Entry
from proofdown.source import Location
from proofdown.yamltree import Scalar


class LevelSetting(Struct, frozen=True):
    """The level of a rule as set by the author."""

    severity: Severity | None
    """None for `off`."""
    location: Location


def read_levels(entry: Entry) -> dict[str, LevelSetting]:
    """Return the levels that are set, by the code of the rule."""
    found: dict[str, LevelSetting] = {}
    words = [*Severity, OFF]
    for key, value in entry.fields.mapping(entry.key) or ():
        if not isinstance(value, Scalar) or value.text not in words:
            help_ = "one of `error`, `warning`, `note`, `off`"
            if isinstance(value, Scalar):
                help_ = did_you_mean(value.text, words) or help_
            message = f"the level of `{key.text}` is {describe(value)}"
            entry.fault(message, value.location, help_)
            continue
        severity = None if value.text == OFF else Severity(value.text)
        found[key.text] = LevelSetting(severity, key.location)
    return found


def read_expected(entry: Entry) -> tuple[tuple[Scalar, Scalar], ...]:
    """Return pairs of a query and the page that a search for it must find."""
    found = []
    for query, page in entry.fields.mapping(entry.key) or ():
        if isinstance(page, Scalar) and page.text:
            found.append((query, page))
            continue
        message = f"what `{query.text}` must find is {describe(page)}, not the path of a page"
        entry.fault(message, page.location)
    return tuple(found)
