"""Edits that people and machines make to a site.

An edit is a function of the site's folder and a number, which decides where and how. The same
number gives the same edit. After every edit a build runs, with or without problems.
"""

from tests.support.site_edits import evidence, files, output, settings, texts, theme
from tests.support.site_edits.kinds import EDITS

__all__ = ["EDITS", "evidence", "files", "output", "settings", "texts", "theme"]
