"""The Markdown extensions of a site: the default ones, and what is wrong with the author's."""

import signal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import FunctionType
from typing import Any, Self

import pymdownx
from markdown import Markdown
from markdown.extensions import Extension
from markdown.extensions.toc import slugify_unicode
from markdown.util import get_installed_extensions

from proofdown.config.extensions import ExtensionSetting
from proofdown.config.model import Config
from proofdown.diagnostics import Diagnostic, did_you_mean
from proofdown.markup.classes import PERMALINK
from proofdown.markup.fast.patches import Moment, apply_patches

DEFAULT_EXTENSIONS: dict[str, dict[str, Any]] = {
    "abbr": {},
    "attr_list": {},
    "def_list": {},
    "footnotes": {"BACKLINK_TEXT": "\u21a9\ufe0e"},
    "md_in_html": {},
    "tables": {},
    "admonition": {},
    "toc": {
        "permalink": "#",
        "permalink_class": PERMALINK,
        "permalink_title": "",
        "slugify": slugify_unicode,
    },
    "pymdownx.details": {},
    "pymdownx.highlight": {"guess_lang": False, "pygments_lang_class": True},
    "pymdownx.inlinehilite": {},
    "pymdownx.quotes": {"callouts": True},
    "pymdownx.superfences": {},
    "pymdownx.tabbed": {"alternate_style": True},
    "pymdownx.tasklist": {},
}
"""Extensions that every site has unless its settings leave one out."""

OUR_OPTIONS: dict[str, dict[str, Any]] = {
    "pymdownx.snippets": {"check_paths": True, "base_path": ["."]}
}
"""Options that extensions get unless the settings say otherwise: a missing include is a fault."""

_BUNDLED = frozenset(
    "abbr admonition attr_list codehilite def_list extra fenced_code footnotes legacy_attrs "
    "legacy_em md_in_html meta nl2br sane_lists smarty tables toc wikilinks".split()
)
_ALWAYS = "toc"
"""The extension that titles, anchors and tables of contents come from."""
_PURE_FAMILIES = ("markdown.extensions.", "pymdownx.")
_FACTORY = "makeExtension"
"""The function that makes a module an extension."""
_OUR_ENDS = (128 + signal.SIGINT, 128 + signal.SIGTERM)
_READING_FILES = ("pymdownx.b64", "pymdownx.snippets")


def with_options(settings: Iterable[ExtensionSetting], root: Path) -> dict[str, dict[str, Any]]:
    """Return the default extensions and the author's, in order, each with its options."""
    extensions = {name: dict(options) for name, options in DEFAULT_EXTENSIONS.items()}
    for setting in settings:
        if setting.is_off:
            if setting.name != _ALWAYS:
                extensions.pop(setting.name, None)
        else:
            own = OUR_OPTIONS.get(setting.name, {}) | extensions.get(setting.name, {})
            extensions[setting.name] = _rooted(own | setting.options, root)
    return extensions


def _rooted(options: dict[str, Any], root: Path) -> dict[str, Any]:
    """Return options with relative paths of included files taken from the site, wherever we are."""
    paths = options.get("base_path", [])
    if isinstance(paths, str) and paths:
        return options | {"base_path": str(root / paths)}
    if not paths or not all(isinstance(path, str) for path in paths):
        return options
    return options | {"base_path": [str(root / path) for path in paths]}


def depends_on_text_alone(config: Config) -> bool:
    """Return whether what a page is converted to depends on its text and the settings alone.

    That is known of the extensions that come with Python-Markdown and of those of PyMdown, but
    for the two that read other files; any other extension may do what it likes.
    """
    names = [setting.name for setting in config.extensions if not setting.is_off]
    return all(is_well_known(name) and not name.startswith(_READING_FILES) for name in names)


def is_well_known(name: str) -> bool:
    """Return whether an extension comes with Python-Markdown or is one of PyMdown's."""
    is_theirs = name in DEFAULT_EXTENSIONS or name in _BUNDLED or name.startswith(_PURE_FAMILIES)
    return is_theirs and ":" not in name


class _NoExtensionError(Exception):
    """What is named is there, and is no Markdown extension."""


class CarefulMarkdown(Markdown):
    """Python-Markdown that calls nothing to load an extension but extensions.

    Python-Markdown itself calls whatever a name such as `os:abort` leads to, and finds out
    afterwards that it was no extension. Also, only such extensions are looked up here as are not
    well known: to look one up, it reads what every installed package says of itself. Extensions
    load others.
    """

    def build_extension(self, ext_name: str, configs: Mapping[str, Any]) -> Extension:
        """Return the extension of that name with these options."""
        if is_well_known(ext_name):
            name = ext_name if "." in ext_name else f"markdown.extensions.{ext_name}"
            factory = getattr(import_module(name), _FACTORY)
            apply_patches(Moment.LOADING, self)
        else:
            factory = _find_factory(ext_name)
        made: Extension = factory(**configs)
        return made

    def registerExtensions(  # noqa: N802 (Python-Markdown's name)
        self, extensions: Sequence[Extension | str], configs: Mapping[str, dict[str, Any]]
    ) -> Self:
        """Load extensions; one that would end this process has failed to load."""
        try:
            super().registerExtensions(extensions, configs)
        except SystemExit as end:
            if end.code in _OUR_ENDS:
                raise
            raise _NoExtensionError from end
        return self


def _find_factory(name: str) -> Callable[..., Any]:
    """Return what makes an extension: a registered one, a class in a module, or its function.

    Raises:
        ImportError: there is no such module.
        _NoExtensionError: there is, and it has no extension of that name.
    """
    for registered in get_installed_extensions():
        if registered.name == name:
            found: Callable[..., Any] = registered.load()
            return found
    path, _, own = name.partition(":")
    if not path or path.startswith("."):
        raise ModuleNotFoundError(name=name)
    maker: Any = getattr(import_module(path), own or _FACTORY, None)
    if isinstance(maker, type) and issubclass(maker, Extension):
        return maker
    if isinstance(maker, FunctionType) and own in ("", _FACTORY):
        return maker
    raise _NoExtensionError


def good_ones(
    settings: Sequence[ExtensionSetting], fault: Exception
) -> tuple[list[ExtensionSetting], list[Diagnostic]]:
    """Return the extensions that can be used, and what is wrong with the others.

    Args:
        settings: the author's extensions, which do not load all together.
        fault: what came of it.

    Raises:
        Exception: `fault`, where there are none, so that it is a default one that does not load.
    """
    problems = {
        number: problem
        for number, setting in enumerate(settings)
        if not setting.is_off and (problem := _problem_of(setting))
    }
    if problems:
        good = [s for number, s in enumerate(settings) if number not in problems]
        return good, list(problems.values())
    asked = [setting for setting in settings if not setting.is_off]
    if not asked:
        raise fault
    message = f"the Markdown extensions do not load together: {fault}"
    help_ = "none of them is used; leave one out after the other to find which"
    problem = Diagnostic("unknown-extension", message, asked[0].location, help_)
    return [setting for setting in settings if setting.is_off], [problem]


def wrongly_off(settings: Iterable[ExtensionSetting]) -> Iterator[Diagnostic]:
    """Yield the extensions that are to be left out and cannot be, or are misspelt."""
    for setting in settings:
        if setting.is_off and setting.name == _ALWAYS:
            message = f"`{_ALWAYS}` cannot be left out: titles and anchors come from it"
            help_ = f"`{_ALWAYS}: {{permalink: false}}` leaves out the links beside headings"
            yield Diagnostic("invalid-value", message, setting.location, help_)
        elif setting.is_off and (guess := _guess(setting.name)):
            message = f"there is no Markdown extension `{setting.name}` to leave out"
            yield Diagnostic("unknown-extension", message, setting.location, guess)


def _guess(name: str) -> str:
    """Return a guess at a misspelt extension; empty where it is well spelt, or there is none."""
    theirs = (f"pymdownx.{module.name}" for module in iter_modules(pymdownx.__path__))
    known = sorted({*DEFAULT_EXTENSIONS, *_BUNDLED, *theirs})
    plain = name.removeprefix("markdown.extensions.")
    return "" if name in known else did_you_mean(plain, known, cutoff=0.75)


def _problem_of(setting: ExtensionSetting) -> Diagnostic | None:
    """Return what is wrong with an extension, found by loading it alone."""
    try:
        options = {setting.name: setting.options}
        CarefulMarkdown(extensions=[setting.name], extension_configs=options)
    except KeyError as fault:
        message = f"`{fault.args[0]}` is not an option of `{setting.name}`"
        return Diagnostic("invalid-value", message, setting.location)
    except ImportError as fault:
        missing = getattr(fault, "name", None) or setting.name
        help_ = (
            _guess(setting.name)
            or f"is the package that holds `{missing}` installed beside Proofdown?"
        )
        message = f"there is no Markdown extension `{setting.name}`"
        return Diagnostic("unknown-extension", message, setting.location, help_)
    except _NoExtensionError:
        message = f"`{setting.name}` is no Markdown extension"
        help_ = "name a module that has `makeExtension`, or `module:Class` of an `Extension`"
        return Diagnostic("unknown-extension", message, setting.location, help_)
    except Exception as fault:
        message = f"the Markdown extension `{setting.name}` does not load: {fault}"
        return Diagnostic("unknown-extension", message, setting.location)
    return None
