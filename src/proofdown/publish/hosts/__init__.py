"""The kinds of hosts, a module each. Start at `protocol.py`, the interface of them all."""
