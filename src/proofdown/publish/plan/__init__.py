"""Computes what a publish would do and whether it is allowed. Start at `plan.py`."""
