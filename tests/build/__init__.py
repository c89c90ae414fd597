"""Builds: their output and their reports."""
