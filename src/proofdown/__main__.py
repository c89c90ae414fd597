"""`python -m proofdown`."""

from proofdown.cli import main

main(prog_name="proofdown")
