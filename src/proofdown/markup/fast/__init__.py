"""All monkey patches of other libraries, for speed or to enforce our rules.

`patches` is the entry point: its table lists what each replaces, why, and the tests that prove it.
"""
