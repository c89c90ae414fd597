"""How work is run: the cache, worker processes, budgets, signals.

`uptodate` is the door of a run.
"""
