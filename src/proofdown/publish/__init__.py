"""What was built and checked, to a host: plan, apply, verify; `publish` is the door."""
