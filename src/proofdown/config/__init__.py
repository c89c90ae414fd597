"""The settings: `proofdown.yml` to a `Config`; `loader` is the door."""
