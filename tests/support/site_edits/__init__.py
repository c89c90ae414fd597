"""The ways in which people and machines change a site.

An edit is a function of the site's folder and a number, which says where and how; the same number
does the same again. Every edit leaves a folder that can be built, well or badly.
"""

from tests.support.site_edits import evidence, files, output, settings, texts, theme
from tests.support.site_edits.kinds import EDITS

__all__ = ["EDITS", "evidence", "files", "output", "settings", "texts", "theme"]
