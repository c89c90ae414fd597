"""The runtime: worker processes, the cache, external programs and temporary folders."""
