"""`python -m proofdown`."""

from proofdown.start import main

main()
