"""What must hold of every run as a whole, whatever part of it is at work."""
