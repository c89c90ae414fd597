"""How work is run: in worker processes, and in temporary folders that go with the run."""
