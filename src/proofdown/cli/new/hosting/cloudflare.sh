# Cloudflare Pages runs this: build command `sh build.sh`, build output directory `public`.
# A problem ends the build, and the old site stays.
set -eu
pip install proofdown
proofdown publish artifact --no-verify
