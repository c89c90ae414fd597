"""`proofdown.yml`: what is in it and what is refused."""
