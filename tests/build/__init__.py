"""Builds: what they write, and what they report."""
