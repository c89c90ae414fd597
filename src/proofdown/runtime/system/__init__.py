"""Signals, external programs, crash reports and temporary folders.

`signals` is the entry point.
"""
