"""Load `proofdown.yml`, checking each value and reporting each fault at its location."""

from pathlib import Path

from msgspec.structs import replace

from proofdown.config.model import Config
from proofdown.config.root import SETTINGS_FILE, nearest_root
from proofdown.diagnostics import Diagnostic, Report, SettingsError
from proofdown.digests import digest
from proofdown.fields import Fields, describe
from proofdown.files import load_source
from proofdown.keys import read_struct
from proofdown.source import Location
from proofdown.yamltree import Mapping, load_tree


def find_root(start: Path) -> Path:
    """Return the nearest folder, from this one upward, that contains `proofdown.yml`.

    Raises:
        SettingsError: there is none.
    """
    if root := nearest_root(str(start)):
        return Path(root)
    message = f"no `{SETTINGS_FILE}` in {start.resolve()} or above"
    if not start.exists():
        message = f"there is no folder {start.resolve()}"
    help_ = "`proofdown new DIR` makes a new site; `--site DIR` names an existing one"
    raise SettingsError(Diagnostic("missing-settings", message, Location(SETTINGS_FILE), help_))


def load_config(root: Path, report: Report) -> Config:
    """Return the settings in a folder; invalid values are reported and keep their default.

    Raises:
        SettingsError: the file cannot be read, or does not contain a mapping.
    """
    source = load_source(root / SETTINGS_FILE, root, report)
    if source is None:
        raise SettingsError(list(report)[-1])
    tree = load_tree(source, report)
    if not isinstance(tree, Mapping):
        faults = list(report)
        if faults:  # invalid YAML, which is more precise than the message below
            raise SettingsError(faults[-1])
        message = "the settings are empty" if tree is None else f"the settings are {describe(tree)}"
        help_ = "begin with `title: Name of the site`"
        raise SettingsError(Diagnostic("invalid-value", message, Location(SETTINGS_FILE), help_))
    config = read_struct(Config, Fields(tree, report), "a setting", given={"root": root})
    return replace(config, digest=digest(source.text), checksum=source.checksum)
