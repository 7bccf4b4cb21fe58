"""Whether names that are expected are heard better, and whether names that are not said appear.

Usage: terms.py CALLGRADE CALLS RUBRIC
CALLS holds recordings, CALLS.csv with the columns file, agent, company and language, and beside each recording NAME.json
with what is said: {"turns": [{"text": ".."}]}. Each call is heard three times: without names, with its own, and with
those of another call in the same language. A name counts as heard where its letters stand in the transcript.
"""

import csv
import json
import pathlib
import re
import subprocess
import sys
import tempfile

from distance import distance

callgrade, calls, rubric = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
rows = [row for row in csv.DictReader((calls / "CALLS.csv").open()) if (calls / row["file"]).with_suffix(".json").exists()]


def letters(text):
    return re.sub(r"\W", "", text).lower()


def said(row):
    turns = json.loads((calls / row["file"]).with_suffix(".json").read_text())["turns"]
    return letters(" ".join(turn["text"] for turn in turns))


def names(row):
    return [row[column] for column in ("company", "agent") if re.search(r"\w\w", row[column])]


def other(index):
    """A call in the same language with other names."""
    row = rows[index]
    strangers = [one for one in rows if one["language"] == row["language"] and one["company"] != row["company"]]
    return strangers[index % len(strangers)]


def heard(named):
    """Transcripts by file, where each call brings the names of the row that `named` gives for it."""
    with tempfile.TemporaryDirectory() as folder:
        listed = pathlib.Path(folder, "CALLS.csv")
        with listed.open("w", newline="") as out:
            writer = csv.DictWriter(out, ["file", "language", "company", "agent"])
            writer.writeheader()
            for index, row in enumerate(rows):
                names = named(index)
                writer.writerow({"file": row["file"], "language": row["language"], **names})
        results = str(pathlib.Path(folder, "results"))
        paths = [str(calls / row["file"]) for row in rows]
        command = [callgrade, "score", *paths, "--rubric", rubric, "--out", results, "--calls", str(listed)]
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        lines = subprocess.run([callgrade, "export", results, "--format", "jsonl"], check=True, capture_output=True, text=True).stdout
    texts = {}
    for line in lines.splitlines():
        call = json.loads(line)
        text = " ".join(turn["text"] for turn in call["turns"])
        texts[pathlib.Path(call["call"]["path"]).name] = letters(text)
    return texts


def pick(row):
    return {column: row[column] for column in ("company", "agent")}


runs = {
    "no names": heard(lambda index: {"company": "", "agent": ""}),
    "the call's own names": heard(lambda index: pick(rows[index])),
    "another call's names": heard(lambda index: pick(other(index))),
}
print(f"{len(rows)} calls")
print(f"{'given':22} {'own names heard':>16} {'others heard':>13} {'characters':>11}")
for given, texts in runs.items():
    own = [(name, row) for row in rows for name in names(row) if letters(name) in said(row)]
    strange = [(name, row) for i, row in enumerate(rows) for name in names(other(i)) if letters(name) not in said(row)]
    count = lambda pairs: sum(letters(name) in texts.get(row["file"], "") for name, row in pairs)
    total = sum(len(text) for text in texts.values())
    print(f"{given:22} {count(own):8} of {len(own):4} {count(strange):5} of {len(strange):4} {total:11}")
