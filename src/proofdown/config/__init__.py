"""The settings: `proofdown.yml` to a `Config`. Start with `loader`."""
