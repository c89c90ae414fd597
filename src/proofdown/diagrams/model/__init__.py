"""A diagram as data, and the interface of a diagram language, which is in `language`."""
