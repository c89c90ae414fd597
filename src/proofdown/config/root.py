"""Find the root of a site: the folder with its settings."""

# Every run imports this module first, even one that finds nothing to do. So it uses `os.path`,
# which Python has imported when it starts, rather than `pathlib`.
import os

SETTINGS_FILE = "proofdown.yml"
LOCK_FILE = ".proofdown.lock"
BASELINE_FILE = "proofdown.baseline.json"
SINGLE_FILES = (SETTINGS_FILE, LOCK_FILE, BASELINE_FILE)
"""The sources of a site besides the files in its folders."""


def nearest_root(start: str) -> str:
    """Return the nearest folder, from this one upward, that contains settings, or "" for none.

    It is "" as well if the folder to start from does not exist.
    """
    if not os.path.exists(start):
        return ""
    folder, above = os.path.realpath(start), ""
    while folder != above:
        if os.path.isfile(os.path.join(folder, SETTINGS_FILE)):
            return folder
        folder, above = os.path.dirname(folder), folder
    return ""
