"""How work is run: cached, in worker processes, within budgets; `stage` is the door."""
