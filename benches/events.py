"""How well interruptions and long pauses (holds, dead air) are found in calls of which the truth is known.

Usage: events.py EXPORT CALLS
EXPORT is what `callgrade export --format jsonl` gives of the calls. CALLS holds NAME.json beside each recording:
{"files": ["NAME.wav", ..], "events": [{"kind": "hold|silence|interruption", "start_ms": .., "end_ms": .., "who": ..}]}.
A pause is found where more than half of what both cover is covered by both; an interruption where it begins at most
half a second beside the true one, by the same side. Recordings whose sides were not told apart are left out.
"""

import json
import pathlib
import sys

export, calls = sys.argv[1], pathlib.Path(sys.argv[2])
SHORTEST_PAUSE = 3000
APART = 500

truths = {}
for path in calls.glob("*.json"):
    truth = json.loads(path.read_text())
    for name in truth.get("files", []):
        truths[name] = truth["events"]


def covers(one, other):
    shared = min(one["end_ms"], other["end_ms"]) - max(one["start_ms"], other["start_ms"])
    whole = max(one["end_ms"], other["end_ms"]) - min(one["start_ms"], other["start_ms"])
    return 2 * shared > whole


def same(one, other):
    return one["by"] == other["who"] and abs(one["start_ms"] - other["start_ms"]) <= APART


counts = {"interruptions": [0, 0, 0], "pauses": [0, 0, 0]}


def count(kind, name, found, true, agree):
    open_truths = list(true)
    for one in found:
        match = next((other for other in open_truths if agree(one, other)), None)
        if match is None:
            print(f"  {name}: {kind}: not so: {one}")
            counts[kind][1] += 1
        else:
            open_truths.remove(match)
            counts[kind][0] += 1
    for other in open_truths:
        print(f"  {name}: {kind}: missed: {other}")
    counts[kind][2] += len(open_truths)


seen = 0
for line in pathlib.Path(export).read_text().splitlines():
    call = json.loads(line)
    name = pathlib.Path(call["call"]["path"]).name
    measures = call.get("measures") or {}
    if name not in truths or "_mono" in name:
        continue
    seen += 1
    events = truths[name]
    count("interruptions", name, measures["interruptions"], [e for e in events if e["kind"] == "interruption"], same)
    duration, rest = call["call"]["duration_ms"], measures["trailing_silence_ms"] or 0
    pauses = [*measures["silences"], {"start_ms": duration - rest, "end_ms": duration}]
    pauses = [pause for pause in pauses if pause["end_ms"] - pause["start_ms"] >= SHORTEST_PAUSE]
    true = [event for event in events if event["kind"] != "interruption"]
    count("pauses", name, pauses, true, covers)
print(f"{seen} recordings")
for kind, (right, wrong, missed) in counts.items():
    f1 = 2 * right / max(2 * right + wrong + missed, 1)
    print(f"{kind}: {right} found, {wrong} not so, {missed} missed, F1 {f1:.3f}")
