"""Resolve links, and rewrite them for the built page; `resolve` is the door."""
