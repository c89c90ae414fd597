"""A build from beginning to end: begin, parse, compose, check; `pipeline` is the door."""
