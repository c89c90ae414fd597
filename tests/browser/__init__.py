"""What readers see: the guide, a showcase and the preview in Chromium."""
