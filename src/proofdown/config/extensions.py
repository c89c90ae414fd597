"""The setting `markdown_extensions`."""

from typing import Any

from msgspec import Struct

from proofdown.config.values import OFF
from proofdown.fields import describe, plain_mapping
from proofdown.keys import Entry
from proofdown.source import Location
from proofdown.yamltree import Mapping, Scalar, Tree


class ExtensionSetting(Struct, frozen=True, kw_only=True):
    """A Markdown extension that the settings name, with its options."""

    name: str
    options: dict[str, Any] = {}
    is_off: bool = False
    """Whether the settings turn it off."""
    location: Location


def read_extensions(entry: Entry) -> tuple[ExtensionSetting, ...]:
    """Return the extensions that the settings name, in their order."""
    sequence = entry.fields.sequence(entry.key)
    found: list[ExtensionSetting] = []
    for item in sequence.items if sequence else ():
        if isinstance(item, Scalar):
            found.append(ExtensionSetting(name=item.text, location=item.location))
        elif isinstance(item, Mapping):
            found.extend(_extension(name, options, entry) for name, options in item)
        else:
            entry.fault("a list in `markdown_extensions`", item.location)
    return tuple(found)


def _extension(name: Scalar, options: Tree, entry: Entry) -> ExtensionSetting:
    if isinstance(options, Mapping):
        values = plain_mapping(options, entry.fields.report)
        return ExtensionSetting(name=name.text, options=values, location=name.location)
    is_off = isinstance(options, Scalar) and options.text == OFF
    # `- toc:` with nothing after the colon is the extension without options, as in MkDocs.
    if not is_off and not (isinstance(options, Scalar) and not options.text):
        message = f"the options of `{name.text}` are {describe(options)}"
        entry.fault(
            message, options.location, "options are a mapping; `off` turns the extension off"
        )
    return ExtensionSetting(name=name.text, is_off=is_off, location=name.location)
