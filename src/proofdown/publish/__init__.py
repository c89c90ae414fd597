"""Publishes a checked build to a host: plan, apply, verify. Start at `publish.py`."""
