"""The preview: as a process, over HTTP and to the pages that are open."""
