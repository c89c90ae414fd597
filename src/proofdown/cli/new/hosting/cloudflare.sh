# Cloudflare Pages runs this: build command `sh build.sh`, build output directory `public`.
# A problem fails the build, and the old site stays online.
set -eu
pip install git+https://github.com/proofdown/migration
proofdown publish artifact --no-verify
