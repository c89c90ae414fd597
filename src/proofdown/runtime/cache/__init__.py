"""The build cache: results keyed by digests of what they were made from.

`build_cache` is the door.
"""
