"""The settings of links on every page: `nav` and `announcement`."""

from msgspec import Struct

from proofdown.addresses import split_url
from proofdown.config.root import SETTINGS_FILE
from proofdown.keys import Entry
from proofdown.source import Location
from proofdown.yamltree import Mapping, Scalar, Sequence, Tree


class NavSetting(Struct, frozen=True, kw_only=True):
    """An entry of the nav in the settings: a page, an outside link or a named section."""

    title: str = ""
    """The title given in the nav; empty to use the page's own."""
    target: str = ""
    """Path of a page relative to the content folder, or a URL; empty for a section."""
    location: Location
    children: tuple["NavSetting", ...] = ()


class Announcement(Struct, frozen=True):
    """A text at the top of every page."""

    text: str
    link: str = ""
    """Path of a page in the content folder, or a URL; empty for none."""
    location: Location = Location(SETTINGS_FILE)


def read_nav(entry: Entry) -> tuple[NavSetting, ...] | None:
    """Return the nav in the settings, or None if there is none."""
    sequence = entry.fields.sequence(entry.key)
    return None if sequence is None else _nav_entries(sequence, entry)


def _nav_entries(sequence: Sequence, entry: Entry) -> tuple[NavSetting, ...]:
    found: list[NavSetting] = []
    for item in sequence.items:
        if isinstance(item, Scalar):
            found.append(NavSetting(target=item.text, location=item.location))
        elif isinstance(item, Mapping):  # `- Name: page.md` is a mapping with one key
            found.extend(_nav_entry(key, value, entry) for key, value in item)
        else:
            help_ = "give it a name: `- Name: […]`"
            entry.fault("a list directly in the nav", item.location, help_)
    return tuple(found)


def _nav_entry(key: Scalar, value: Tree, entry: Entry) -> NavSetting:
    if isinstance(value, Sequence):
        children = _nav_entries(value, entry)
        return NavSetting(title=key.text, location=key.location, children=children)
    if isinstance(value, Scalar):
        return NavSetting(title=key.text, target=value.text, location=value.location)
    help_ = "a page or a list goes here"
    entry.fault(f"`{key.text}` in the nav is a mapping", value.location, help_)
    return NavSetting(title=key.text, location=key.location)


def read_announcement(entry: Entry) -> Announcement | None:
    """Return the announcement, given as a text or as a mapping with `text` and `link`."""
    if not entry.fields.is_mapping(entry.key):
        value = entry.scalar()
        return Announcement(value.text, location=value.location) if value and value.text else None
    own = entry.fields.fields(entry.key)
    text, link = (own.text("text"), own.scalar("link")) if own else ("", None)
    location = entry.fields.location(entry.key)
    if own:
        own.reject_unknown("a setting of an announcement")
    if not text and location:
        entry.fault("the announcement has no `text`", location)
        return None
    if link and split_url(link.text) is None:
        message = f"`{link.text}` is neither a path of a page nor a web address"
        entry.fault(message, link.location)
        return Announcement(text)
    return Announcement(text, link.text, link.location) if link else Announcement(text)
