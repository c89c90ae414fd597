"""One module for each kind of host; `protocol` says what a host is."""
