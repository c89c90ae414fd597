"""What a run shares with the system: signals, programs, crashes and scratch folders.

`signals` is the door.
"""
