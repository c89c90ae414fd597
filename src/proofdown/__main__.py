"""`python -m proofdown`."""

from proofdown.cli.start import main

main()
