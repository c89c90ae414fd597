"""A build from start to finish: begin, parse, compose, check, write; `pipeline` is the door."""
