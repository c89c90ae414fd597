"""Tests of the conversion of Markdown, and that the faster one gives the same output."""
