"""How many words change when a call was stored in another encoding.

Usage: formats.py CALLGRADE FOLDER TRUTH [LANGUAGE [PEER]]
FOLDER holds one call in many encodings, among them ref_stereo_8k_s16.wav and ref_mono_8k_s16.wav, the call as it was.
TRUTH is what people heard, and when in seconds: {"segments": [{"role": "agent", "start": 1.2, "text": ".."}]}, agent left;
what lies behind the end of the call is left out. Printed for each encoding: words changed, added or left out against
the truth, per hundred, and how many points that is from the call as it was with as many channels. Sound without a header
is read by what its name says: .ulaw, .alaw, .g722, .gsm.
PEER is a folder with Whisper weights for CTranslate2: the same is then printed for faster-whisper with a beam of five, where it
can decode the file; run this with the Python that has it (target/bench-peers/venv/bin/python).
"""

import json
import pathlib
import re
import subprocess
import sys

from distance import distance

callgrade, folder = sys.argv[1], pathlib.Path(sys.argv[2])
truth = json.loads(pathlib.Path(sys.argv[3]).read_text())["segments"]
language = sys.argv[4] if len(sys.argv) > 4 else "en"
peer = sys.argv[5] if len(sys.argv) > 5 else None
RAW = {".ulaw": "mulaw:8000:1", ".alaw": "alaw:8000:1", ".g722": "g722:16000:1", ".gsm": "gsm:8000:1"}


def heard(path):
    """Seconds, codec and the words of each channel; a reason in place of words where it can't be read."""
    command = [callgrade, "transcribe", str(path), "--format", "json", "--language", language, "--decoder", "auto", "--keep-numbers"]
    if path.suffix in RAW:
        command += ["--raw", RAW[path.suffix]]
    ran = subprocess.run(command, capture_output=True, text=True)
    if not ran.stdout.strip():
        return 0.0, "", ran.stderr.strip().splitlines()[-1:]
    call = json.loads(ran.stdout.splitlines()[0])
    texts = [[turn["text"] for turn in call["turns"] if turn["channel"] == channel] for channel in range(call["call"]["channels"])]
    return call["call"]["duration_ms"] / 1000, f"{call['call']['codec']} ({call['status']})", [split(" ".join(text)) for text in texts]


def split(text):
    return re.findall(r"[a-z0-9']+|[\u4e00-\u9fff]", text.lower())


def said(seconds, channels):
    """The words of the truth in each of one or two channels."""
    spoken = sorted((one["start"], one["role"] != "agent", split(one["text"])) for one in truth if one["start"] < seconds - 1)
    return [[word for _, right, words in spoken if channels == 1 or right == channel for word in words] for channel in range(channels)]


def errors(path):
    """Codec and errors per hundred words; a reason in place of them where it can't be compared."""
    seconds, codec, words = heard(path)
    if not seconds or len(words) > 2:
        return codec, words if not seconds else f"{len(words)} channels: " + " ".join(str(len(one)) for one in words) + " words"
    return codec, wrong(seconds, words), len(words)


def wrong(seconds, words):
    """Errors per hundred words where these are the words of each channel."""
    truths = said(seconds, len(words))
    return 100 * sum(distance(one, two) for one, two in zip(truths, words)) / sum(map(len, truths))


if peer:
    from faster_whisper import WhisperModel
    from faster_whisper.audio import decode_audio

    model = WhisperModel(peer, device="cpu", compute_type="int8", cpu_threads=2)


def errors_of_peer(path, channels):
    """Errors per hundred words of faster-whisper; `None` where it can't decode the file."""
    try:
        sides = decode_audio(str(path), split_stereo=True) if channels == 2 else [decode_audio(str(path))]
    except Exception:
        return None
    runs = [model.transcribe(side, language=language, vad_filter=True, condition_on_previous_text=False)[0] for side in sides]
    return wrong(len(sides[0]) / 16000, [split(" ".join(segment.text for segment in run)) for run in runs])


references = {count: folder / f"ref_{name}_8k_s16.wav" for count, name in ((1, "mono"), (2, "stereo"))}
as_it_was = {count: errors(path)[1] for count, path in references.items()}
if not all(isinstance(found, float) for found in as_it_was.values()):
    sys.exit(f"the call as it was can't be transcribed: {as_it_was}")
print("the call as it was, one channel and two: " + ", ".join(f"{value:.1f} %" for value in as_it_was.values()))
if peer:
    peer_as_it_was = {count: errors_of_peer(path, count) for count, path in references.items()}
    print("faster-whisper: " + ", ".join(f"{value:.1f} %" for value in peer_as_it_was.values()))
for path in sorted(folder.iterdir()):
    if path.name.startswith("ref_"):
        continue
    codec, found, *channels = errors(path)
    if channels:
        found = f"{found:5.1f} % ({found - as_it_was[channels[0]]:+.1f})"
        theirs = errors_of_peer(path, channels[0]) if peer else None
        if theirs is not None:
            found += f"   faster-whisper {theirs:5.1f} % ({theirs - peer_as_it_was[channels[0]]:+.1f})"
    print(f"{path.name:32} {codec:28} {found}")
