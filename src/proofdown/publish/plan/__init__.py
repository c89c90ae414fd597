"""What a publish would do, and what forbids it, before a host is touched; `plan` is the door."""
