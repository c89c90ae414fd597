"""Tests of the files on disk: pages with their front matter, names and dates, and recordings."""
