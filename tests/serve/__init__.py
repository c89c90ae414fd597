"""The preview: as a process, over HTTP, and over the websockets of open pages."""
