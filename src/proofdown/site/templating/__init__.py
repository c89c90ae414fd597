"""Jinja, and the variables of templates; `environment` is the door."""
