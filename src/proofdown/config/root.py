"""Where a site is: the folder with its settings.

Comes before all else, so that it imports nothing that Python does not start with.
"""

import os

SETTINGS_FILE = "proofdown.yml"
LOCK_FILE = ".proofdown.lock"
BASELINE_FILE = "proofdown.baseline.json"
SINGLE_FILES = (SETTINGS_FILE, LOCK_FILE, BASELINE_FILE)
"""What a site is made from beside the files in its folders."""


def nearest_root(start: str) -> str:
    """Return the nearest folder, from this one upward, that holds settings; empty for none.

    There is none for what is not there itself.
    """
    if not os.path.exists(start):
        return ""
    folder, above = os.path.realpath(start), ""
    while folder != above:
        if os.path.isfile(os.path.join(folder, SETTINGS_FILE)):
            return folder
        folder, above = os.path.dirname(folder), folder
    return ""
