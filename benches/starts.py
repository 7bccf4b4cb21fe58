"""How far the begins of turns are from where they were heard to begin by people.

Usage: starts.py CALLGRADE CALLS
CALLS holds two-channel recordings (left = agent, or as "agent_channel" says), each with NAME.json beside it that holds
who said what, and when in seconds: {"segments": [{"role": "agent", "start": 1.2, "end": 3.4, "text": ".."}]}, or, as made
calls have it, in milliseconds: {"turns": [{"speaker": "agent", "segments": [{"start_ms": 1200, "end_ms": 3400, ..}]}]}.
Numbers are left readable, since a masked one is one word. For each segment the first heard word of it is sought: words are matched in order, letter for letter, and only where they lie at most 3 s apart, so that an
"okay" isn't taken for another one half a minute later. A segment of which the first word was heard as another one, or
not at all, is counted by the heard word nearest to its begin, however far that is.
"""

import json
import pathlib
import re
import subprocess
import sys

callgrade, calls = sys.argv[1], pathlib.Path(sys.argv[2])
APART = 3.0


def words(text):
    return re.findall(r"[a-z0-9']+|[\u4e00-\u9fff]", text.lower())


def spoken(text):
    """What was said, without remarks like [noise]; in what was heard, brackets hold a masked number, which is a word."""
    return words(re.sub(r"[<\[][^>\]]*[>\]]", " ", text))


def matched(said, heard):
    """Pairs (index in said, index in heard): as many equal words as can be, in order, none further apart than APART."""
    rows, columns = len(said), len(heard)
    best = [[0] * (columns + 1) for _ in range(rows + 1)]
    same = lambda i, j: said[i][0] == heard[j][0] and abs(said[i][1] - heard[j][1]) <= APART
    for i in range(rows - 1, -1, -1):
        for j in range(columns - 1, -1, -1):
            best[i][j] = max(best[i + 1][j], best[i][j + 1], best[i + 1][j + 1] + 1 if same(i, j) else 0)
    i = j = 0
    while i < rows and j < columns:
        if same(i, j) and best[i][j] == best[i + 1][j + 1] + 1:
            yield i, j
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1


def segments(truth):
    """(role, start, end, text) of each, in seconds."""
    for one in truth.get("segments", []):
        yield "agent" if one["role"] == "agent" else "caller", one["start"], one["end"], one["text"]
    for turn in truth.get("turns", []):
        role = "agent" if turn["speaker"] == "agent" else "caller"
        for one in turn["segments"]:
            yield role, one["start_ms"] / 1000, one["end_ms"] / 1000, one["text"]


truths = {path.stem: json.loads(path.read_text()) for path in sorted(calls.glob("*.json"))}
truths = {
    stem: (truth.get("agent_channel", "left"), list(segments(truth)))
    for stem, truth in truths.items()
    if (calls / f"{stem}.wav").exists()
}
truths = {stem: truth for stem, truth in truths.items() if truth[1]}
command = [callgrade, "transcribe", "--format", "json", "--agent-channel", "left", "--keep-numbers"]
command += [str(calls / f"{stem}.wav") for stem in truths]
lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
errors, matches = [], 0
for line in lines:
    call = json.loads(line)
    stem = pathlib.Path(call["call"]["path"]).stem
    for role in ("agent", "caller"):
        agent_channel, parts_of_talk = truths[stem]
        said, first = [], {}
        for _, start, end, text in sorted(one for one in parts_of_talk if one[0] == role and spoken(one[3])):
            first[len(said)] = start
            parts = spoken(text)
            step = (end - start) / len(parts)
            said += [(word, start + index * step) for index, word in enumerate(parts)]
        # The left channel was called the agent's.
        is_left = (role == "agent") == (agent_channel == "left")
        turns = [turn for turn in call["turns"] if (turn["speaker"] == "agent") == is_left]
        timed = [word for turn in turns for word in turn["words"]]
        heard = [(part, word["start_ms"] / 1000) for word in timed for part in words(word["text"])]
        pairs = dict(matched(said, heard))
        for index, start in first.items():
            matches += index in pairs
            at = heard[pairs[index]][1] if index in pairs else min((time for _, time in heard), key=lambda time: abs(time - start), default=start + APART)
            errors.append((abs(at - start) * 1000, stem, start))
errors.sort()
at = lambda part: errors[min(len(errors) - 1, int(part * len(errors)))][0]
print(f"{len(errors)} segments of {len(truths)} calls, the first word of {matches} matched")
print(f"begins are off by {at(0.5):.0f} ms (median), {at(0.9):.0f} ms (90 %), {at(0.95):.0f} ms (95 %)")
print("furthest:", ", ".join(f"{stem} at {start:.1f} s: {error:.0f} ms" for error, stem, start in errors[:-9:-1]))
