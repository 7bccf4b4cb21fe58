"""One peer process: faster_whisper_run.py CALLS OUT MODEL COMPUTE THREADS LANGUAGE|auto PART PARTS."""

import json
import pathlib
import sys
import wave

from faster_whisper import BatchedInferencePipeline, WhisperModel
from faster_whisper.audio import decode_audio

calls, out, weights, compute = map(str, sys.argv[1:5])
threads, language, part, parts = int(sys.argv[5]), sys.argv[6], int(sys.argv[7]), int(sys.argv[8])
pipeline = BatchedInferencePipeline(WhisperModel(weights, device="cpu", compute_type=compute, cpu_threads=threads))
files = sorted(path for path in pathlib.Path(calls).glob("*.wav") if wave.open(str(path)).getnchannels() == 2)
for path in files[part::parts]:
    sides = {}
    for side, samples in zip(("agent", "customer"), decode_audio(str(path), split_stereo=True)):
        spoken = None if language == "auto" else language
        segments, _ = pipeline.transcribe(samples, language=spoken, beam_size=1, batch_size=8, vad_filter=True)
        sides[side] = " ".join(segment.text for segment in segments)
    pathlib.Path(out, path.stem + ".json").write_text(json.dumps(sides))
