"""How many words change when calls are stored with loss.

Usage: lossy.py CALLGRADE CALLS [LANGUAGE]
CALLS holds two-channel recordings (left = agent) with NAME.json beside each: {"segments": [{"role": "agent", "start": 1.2,
"text": ".."}]}. Each channel is stored in each encoding by ffmpeg (AMR by sox) and recognised, a recording of its own.
Printed for each encoding: words changed, added or left out against what people heard, per hundred, and how many points
that is from the same channels without loss. Numbers are compared as they are written.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

from distance import distance

callgrade, calls = sys.argv[1], pathlib.Path(sys.argv[2])
language = sys.argv[3] if len(sys.argv) > 3 else "en"
FFMPEG = {
    "without loss": ("wav", "pcm_s16le"),
    "G.711 mu-law": ("wav", "pcm_mulaw"),
    "IMA ADPCM": ("wav", "adpcm_ima_wav"),
    "G.726 32 kbit/s": ("wav", "g726 -b:a 32k"),
    "GSM 6.10": ("wav", "libgsm_ms"),
    "G.723.1 6.3 kbit/s": ("wav", "g723_1 -b:a 6300"),
    "Speex": ("spx", "libspeex"),
    "Opus 8 kbit/s": ("ogg", "libopus -b:a 8k"),
    "WMA 32 kbit/s": ("wma", "wmav2 -b:a 32k"),
    "MP3 16 kbit/s": ("mp3", "libmp3lame -b:a 16k"),
    "MP3 8 kbit/s": ("mp3", "libmp3lame -b:a 8k"),
}
SOX = {"AMR-NB 12.2 kbit/s": "7", "AMR-NB 4.75 kbit/s": "0"}


def split(text):
    return re.findall(r"[a-z0-9']+|[\u4e00-\u9fff]", text.lower())


def truths():
    """Path and channel of each side that speaks, with its words."""
    for path in sorted(calls.glob("*.wav")):
        segments = json.loads(path.with_suffix(".json").read_text())["segments"]
        for channel in (0, 1):
            own = [one for one in segments if (one["role"] != "agent") == channel]
            yield path, channel, split(" ".join(one["text"] for one in sorted(own, key=lambda one: one["start"])))


def stored(name, path, channel, folder):
    """The channel of the recording in the encoding of this name."""
    plain = folder / f"{path.stem}-{channel}.wav"
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", path, "-af", f"pan=mono|c0=c{channel}", plain], check=True)
    if name in SOX:
        found = plain.with_suffix(".amr")
        subprocess.run(["sox", plain, "-C", SOX[name], "-t", "amr-nb", found], check=True)
    else:
        extension, codec = FFMPEG[name]
        found = plain.with_name(f"{plain.stem}_.{extension}")
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", plain, "-c:a", *codec.split(), found], check=True)
    return found


def errors(name):
    """Words that are wrong, of how many."""
    with tempfile.TemporaryDirectory() as folder:
        sides = [(stored(name, path, channel, pathlib.Path(folder)), words) for path, channel, words in truths()]
        command = [callgrade, "transcribe", "--format", "json", "--language", language, "--decoder", "auto", "--keep-numbers"]
        ran = subprocess.run(command + [path for path, _ in sides], capture_output=True, text=True)
        heard = {}
        for line in ran.stdout.splitlines():
            call = json.loads(line)
            heard[pathlib.Path(call["call"]["path"]).name] = split(" ".join(turn["text"] for turn in call["turns"]))
        wrong = sum(distance(words, heard.get(path.name, [])) for path, words in sides)
        return wrong, sum(len(words) for _, words in sides)


as_it_was = None
for name in [*FFMPEG, *SOX]:
    wrong, words = errors(name)
    share = 100 * wrong / words
    as_it_was = share if as_it_was is None else as_it_was
    print(f"{name:20} {share:5.1f} % of {words} words ({share - as_it_was:+.1f})", flush=True)
