"""Tests of a site besides the text of its pages: nav, links, templates, generated files."""
