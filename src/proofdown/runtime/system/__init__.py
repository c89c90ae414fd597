"""What a run shares with the system: signals, crashes, scratch folders; `signals` is the door."""
