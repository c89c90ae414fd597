"""Jinja, and what templates know; `environment` is the door."""
