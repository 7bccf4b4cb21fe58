"""Runs callgrade and its peers in turn over the same calls; prints wall time, processor time, memory and errors.

Usage: bench.py CALLGRADE CALLS WORK RUNS. LANGUAGE (default en, or auto) is used by all of them.
"""

import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import wave

callgrade, calls, work, runs = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]), int(sys.argv[4])
language = os.environ.get("LANGUAGE", "en")
here = pathlib.Path(__file__).parent
# Recordings of two channels; errors are counted where what is said is known.
files = sorted(path for path in calls.glob("*.wav") if wave.open(str(path)).getnchannels() == 2)
known = [path for path in files if path.with_suffix(".json").exists()]
jobs = os.cpu_count() or 1
SIDES = ("agent", "customer")


def timed(commands, stdout=None):
    """Runs commands side by side: wall seconds, processor seconds, the sum of their peaks in MiB."""
    started = time.monotonic()
    running = [subprocess.Popen(command, stdout=stdout, stderr=subprocess.DEVNULL) for command in commands]
    cpu = peak = 0
    for process in running:
        _, status, usage = os.wait4(process.pid, 0)
        if status != 0:
            sys.exit(f"{process.args[0]} failed with {status}")
        # Children that have been waited for are in their parent's time; peaks are of the largest process.
        cpu += usage.ru_utime + usage.ru_stime
        peak += usage.ru_maxrss / 1024
    return time.monotonic() - started, cpu, peak


def ours(out):
    listed = out / "calls.jsonl"
    spoken = [] if language == "auto" else ["--language", language]
    command = [callgrade, "transcribe", "--format", "json", "--agent-channel", "left", "--jobs", str(jobs), *spoken]
    with listed.open("w") as stream:
        figures = timed([command + [str(path) for path in files]], stream)
    for line in listed.read_text().splitlines():
        call = json.loads(line)
        sides = {side: [] for side in SIDES}
        for turn in call.get("turns", []):
            sides.setdefault(turn["speaker"], []).append(turn["text"])
        name = pathlib.Path(call["call"]["path"]).stem
        out.joinpath(name + ".json").write_text(json.dumps({side: " ".join(text) for side, text in sides.items()}))
    return figures


def peer(processes, threads):
    def run(out):
        base = [sys.executable, str(here / "faster_whisper_run.py"), str(calls), str(out), str(work / "ctranslate2")]
        return timed([base + ["int8", str(threads), language, str(part), str(processes)] for part in range(processes)])

    return run


def whisper_cli(out):
    """All channels, each a recording of its own, in one process: the model is loaded once."""
    model = os.environ.get("WHISPER_CLI_MODEL", "models/ggml-base.bin")
    with tempfile.TemporaryDirectory() as folder:
        sides = {(path, side): pathlib.Path(folder, f"{path.stem}.{side}.wav") for path in files for side in SIDES}
        for (path, side), mono in sides.items():
            split = ["ffmpeg", "-loglevel", "error", "-i", str(path), "-af", f"pan=mono|c0=c{SIDES.index(side)}"]
            subprocess.run([*split, "-ar", "16000", str(mono)], check=True)
        command = [shutil.which("whisper-cli"), "-m", model, "-l", language, "-t", str(jobs), "-bs", "1", "-bo", "1"]
        flags = os.environ.get("WHISPER_CLI_FLAGS", "").split()
        figures = timed([[*command, *flags, "-nt", "-np", "-otxt", *map(str, sides.values())]], subprocess.DEVNULL)
        for path in files:
            texts = {side: pathlib.Path(f"{sides[path, side]}.txt").read_text() for side in SIDES}
            out.joinpath(path.stem + ".json").write_text(json.dumps(texts))
    return figures


def truth(path):
    data = json.loads(path.read_text())
    sides = {side: [] for side in SIDES}
    for part in data.get("segments") or data.get("turns") or []:
        agent = (part.get("role") or part.get("speaker")) == "agent"
        sides["agent" if agent else "customer"].append(part["text"])
    return {side: " ".join(text) for side, text in sides.items()}


def errors(out):
    """Error rates over all sides: of words for English, of characters for Mandarin."""
    import jiwer
    from opencc import OpenCC
    from whisper_normalizer.english import EnglishTextNormalizer

    english, simplified = EnglishTextNormalizer(), OpenCC("t2s")
    pairs = {"WER": [], "CER": []}
    for path in known:
        heard = json.loads(out.joinpath(path.stem + ".json").read_text())
        for side, text in truth(path.with_suffix(".json")).items():
            text = re.sub(r"[<\[][^>\]]*[>\]]", " ", text)
            mandarin = re.search("[\u4e00-\u9fff]", text) is not None
            fold = (lambda t: " ".join(re.sub(r"\W", "", simplified.convert(t)).lower())) if mandarin else english
            if fold(text).strip():
                pairs["CER" if mandarin else "WER"].append((fold(text), fold(heard.get(side, ""))))
    rates = []
    for name, sides in pairs.items():
        if sides:
            result = jiwer.process_words([one for one, _ in sides], [other for _, other in sides])
            rates.append(f"{name} {100 * result.wer:.2f} %")
    return ", ".join(rates)


contestants = {
    f"callgrade, {jobs} jobs": ours,
    f"faster-whisper int8, {jobs} processes of 1 thread": peer(jobs, 1),
    f"faster-whisper int8, 1 process of {jobs} threads": peer(1, jobs),
}
if shutil.which("whisper-cli") and shutil.which("ffmpeg"):
    contestants["whisper.cpp CLI, each channel"] = whisper_cli
figures = {name: [] for name in contestants}
for run in range(runs):
    for index, (name, contestant) in enumerate(contestants.items()):
        out = work / f"out-{index}"
        out.mkdir(exist_ok=True)
        figures[name].append(contestant(out))
        print(f"run {run + 1} of {runs}: {name}: {figures[name][-1][0]:.1f} s", file=sys.stderr)
print(f"{len(files)} calls, language {language}, medians of {runs} runs in turn, {jobs} processors")
print(f"{'':45} {'wall s':>8} {'cpu s':>8} {'MiB':>6}  errors")
for index, (name, rows) in enumerate(figures.items()):
    wall, cpu, peak = (statistics.median(column) for column in zip(*rows))
    print(f"{name:45} {wall:8.1f} {cpu:8.1f} {peak:6.0f}  {errors(work / f'out-{index}')}")
