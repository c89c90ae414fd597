"""The build cache: results keyed by digests of their inputs.

`build_cache` is the door.
"""
