"""Load the Markdown extensions of a site, and diagnose those that do not load."""

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
    # U+FE0E asks for the plain arrow: some systems show an emoji otherwise.
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
    # The class names the language, from which `name_parts` makes an accessible name.
    "pymdownx.highlight": {"guess_lang": False, "pygments_lang_class": True},
    "pymdownx.inlinehilite": {},
    "pymdownx.quotes": {"callouts": True},
    "pymdownx.superfences": {},
    "pymdownx.tabbed": {"alternate_style": True},
    "pymdownx.tasklist": {},
}
"""Extensions that every site has, unless its settings turn one off."""

OUR_OPTIONS: dict[str, dict[str, Any]] = {
    "pymdownx.snippets": {"check_paths": True, "base_path": ["."]}
}
"""Our defaults for options of extensions: a missing include should be an error, not silence."""

_BUNDLED = frozenset(
    "abbr admonition attr_list codehilite def_list extra fenced_code footnotes legacy_attrs "
    "legacy_em md_in_html meta nl2br sane_lists smarty tables toc wikilinks".split()
)
_ALWAYS = "toc"
"""The extension that creates titles, anchors and tables of contents; it cannot be turned off."""
_KNOWN_PREFIXES = ("markdown.extensions.", "pymdownx.")
_FACTORY = "makeExtension"
"""Name of the function that every module with a Markdown extension defines."""
_SIGNAL_EXIT_CODES = (128 + signal.SIGINT, 128 + signal.SIGTERM)
_READ_FILES = ("pymdownx.b64", "pymdownx.snippets")


def with_options(settings: Iterable[ExtensionSetting], root: Path) -> dict[str, dict[str, Any]]:
    """Return the default extensions and the author's, in order, each with its options."""
    extensions = {name: dict(options) for name, options in DEFAULT_EXTENSIONS.items()}
    for setting in settings:
        if setting.is_off:
            if setting.name != _ALWAYS:
                extensions.pop(setting.name, None)
        else:
            # An extension that is named again keeps its position and its defaults.
            defaults = OUR_OPTIONS.get(setting.name, {}) | extensions.get(setting.name, {})
            extensions[setting.name] = _rooted(defaults | setting.options, root)
    return extensions


def _rooted(options: dict[str, Any], root: Path) -> dict[str, Any]:
    """Return options with `base_path` resolved against the site's root."""
    paths = options.get("base_path", [])
    if isinstance(paths, str) and paths:
        return options | {"base_path": str(root / paths)}
    if not paths or not all(isinstance(path, str) for path in paths):
        return options
    return options | {"base_path": [str(root / path) for path in paths]}


def depends_on_text_alone(config: Config) -> bool:
    """Return whether a page's HTML depends only on its text and the settings.

    This is known of the extensions of Python-Markdown and PyMdown, except for the two that read
    other files. Any other extension may read whatever it likes.
    """
    names = [setting.name for setting in config.extensions if not setting.is_off]
    return all(is_well_known(name) and not name.startswith(_READ_FILES) for name in names)


def is_well_known(name: str) -> bool:
    """Return whether an extension comes with Python-Markdown or PyMdown."""
    # `module:Class` may name anything in those modules, such as a function that is no extension.
    is_bundled = name in DEFAULT_EXTENSIONS or name in _BUNDLED or name.startswith(_KNOWN_PREFIXES)
    return is_bundled and ":" not in name


class _NoExtensionError(Exception):
    """The name exists, but it is not a Markdown extension."""


class CarefulMarkdown(Markdown):
    """Python-Markdown that calls an object only if it is an extension.

    Python-Markdown itself calls whatever a name such as `os:abort` refers to, and only then checks
    whether it got an extension. It also looks every name up in the metadata of all installed
    packages, which is slow. Here well-known extensions are imported directly, including those that
    other extensions load.
    """

    def build_extension(self, ext_name: str, configs: Mapping[str, Any]) -> Extension:
        """Return the extension with this name and these options."""
        if is_well_known(ext_name):
            name = ext_name if "." in ext_name else f"markdown.extensions.{ext_name}"
            factory = getattr(import_module(name), _FACTORY)
            apply_patches(Moment.LOADING, self)
        else:
            factory = _find_factory(ext_name)
        extension: Extension = factory(**configs)
        return extension

    def registerExtensions(  # noqa: N802 (Python-Markdown's name)
        self, extensions: Sequence[Extension | str], configs: Mapping[str, dict[str, Any]]
    ) -> Self:
        """Load extensions; treat one that calls `sys.exit` as not loadable."""
        try:
            super().registerExtensions(extensions, configs)
        except SystemExit as end:
            if end.code in _SIGNAL_EXIT_CODES:  # raised by our own signal handler
                raise
            raise _NoExtensionError from end
        return self


def _find_factory(name: str) -> Callable[..., Any]:
    """Return an extension's factory: an entry point, a class, or a function.

    Raises:
        ImportError: there is no such module.
        _NoExtensionError: the module has no extension with this name.
    """
    for registered in get_installed_extensions():
        if registered.name == name:
            found: Callable[..., Any] = registered.load()
            return found
    path, _, attribute = name.partition(":")
    # `import_module` would raise TypeError or ValueError for these.
    if not path or path.startswith("."):
        raise ModuleNotFoundError(name=name)
    factory: Any = getattr(import_module(path), attribute or _FACTORY, None)
    if isinstance(factory, type) and issubclass(factory, Extension):
        return factory
    # Any other function may do anything when it is called, as `os:abort` does.
    if isinstance(factory, FunctionType) and attribute in ("", _FACTORY):
        return factory
    raise _NoExtensionError


def good_ones(
    settings: Sequence[ExtensionSetting], fault: Exception
) -> tuple[list[ExtensionSetting], list[Diagnostic]]:
    """Return the extensions that load, and a diagnostic for each of the others.

    Args:
        settings: the author's extensions, which did not all load together.
        fault: the exception that this raised.

    Raises:
        Exception: `fault`, if the author has none, so that a default extension does not load.
    """
    problems = {
        number: problem
        for number, setting in enumerate(settings)
        if not setting.is_off and (problem := _problem_of(setting))
    }
    if problems:
        good = [s for number, s in enumerate(settings) if number not in problems]
        return good, list(problems.values())
    enabled = [setting for setting in settings if not setting.is_off]
    if not enabled:
        raise fault
    message = f"the Markdown extensions do not load together: {fault}"
    help_ = "none of them is used; leave them out one at a time to find the cause"
    problem = Diagnostic("unknown-extension", message, enabled[0].location, help_)
    return [setting for setting in settings if setting.is_off], [problem]


def wrongly_off(settings: Iterable[ExtensionSetting]) -> Iterator[Diagnostic]:
    """Yield a diagnostic for each `off` that is not possible, or is misspelled."""
    for setting in settings:
        if setting.is_off and setting.name == _ALWAYS:
            message = f"`{_ALWAYS}` cannot be left out: titles and anchors come from it"
            help_ = f"`{_ALWAYS}: {{permalink: false}}` leaves out the links beside headings"
            yield Diagnostic("invalid-value", message, setting.location, help_)
        elif setting.is_off and (guess := _guess(setting.name)):
            message = f"there is no Markdown extension `{setting.name}` to leave out"
            yield Diagnostic("unknown-extension", message, setting.location, guess)


def _guess(name: str) -> str:
    """Return a suggestion for a misspelled extension, or an empty string."""
    of_pymdown = (f"pymdownx.{module.name}" for module in iter_modules(pymdownx.__path__))
    # Sorted, so that a tie between two suggestions is decided the same way in every run.
    known = sorted({*DEFAULT_EXTENSIONS, *_BUNDLED, *of_pymdown})
    plain = name.removeprefix("markdown.extensions.")
    return "" if name in known else did_you_mean(plain, known, cutoff=0.75)


def _problem_of(setting: ExtensionSetting) -> Diagnostic | None:
    """Return a diagnostic if an extension does not load alone, or None if it does."""
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
            or f"is the package that contains `{missing}` installed next to Proofdown?"
        )
        message = f"there is no Markdown extension `{setting.name}`"
        return Diagnostic("unknown-extension", message, setting.location, help_)
    except _NoExtensionError:
        message = f"`{setting.name}` is not a Markdown extension"
        help_ = "name a module that has `makeExtension`, or `module:Class` of an `Extension`"
        return Diagnostic("unknown-extension", message, setting.location, help_)
    except Exception as fault:
        message = f"the Markdown extension `{setting.name}` does not load: {fault}"
        return Diagnostic("unknown-extension", message, setting.location)
    return None
