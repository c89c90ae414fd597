"""Diagnostics as text and in formats for programs; `text` is the door."""
