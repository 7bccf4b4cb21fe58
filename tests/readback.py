"""Reads report.xlsx and report.csv of a results folder with another program and compares them with its database.

usage: readback.py RESULTS REPORT; ends with 0 when all is well, 77 without openpyxl.
"""

import csv
import pathlib
import sqlite3
import sys

try:
    import openpyxl
except ImportError:
    print("skipped: python3 has no openpyxl")
    sys.exit(77)

results, report = (pathlib.Path(name) for name in sys.argv[1:3])
database = sqlite3.connect(f"file:{results / 'callgrade.db'}?mode=ro", uri=True)


def count(query):
    return database.execute(query).fetchone()[0]


mistakes = []


def check(claim, seen, expected):
    if seen != expected:
        mistakes.append(f"{claim}: {seen}, expected {expected}")


listed = count("SELECT count(*) FROM calls")
findings = count(
    "SELECT count(*) FROM findings f JOIN scorecards s ON s.call = f.call AND s.rubric = f.rubric"
    " WHERE s.score IS NOT NULL"
)
# People of one name in different teams are different people.
agent, team = ("coalesce(json_extract(metadata, '$.{}'), '')".format(name) for name in ("agent", "team"))
agents = count(f"SELECT count(DISTINCT CASE {agent} WHEN '' THEN '' ELSE {agent} || char(10) || {team} END) FROM calls")
failed = count("SELECT count(*) FROM calls WHERE status NOT IN ('ok', 'ok_no_speech')")
cards = count("SELECT count(*) FROM scorecards")
without = count("SELECT count(*) FROM calls WHERE id NOT IN (SELECT call FROM scorecards)")

book = openpyxl.load_workbook(report / "report.xlsx")
sheets = {sheet.title: sheet for sheet in book}
for name, rows in {"Calls": listed, "Criteria": findings, "Agents": agents, "Failures": failed}.items():
    sheet = sheets[name]
    check(f"rows of {name}", sheet.max_row - 1, rows)
    check(f"frozen head of {name}", sheet.freeze_panes, "B2")
    check(f"filter of {name}", bool(sheet.auto_filter.ref), True)
    formulas = [cell.coordinate for row in sheet for cell in row if cell.data_type == "f"]
    check(f"formulas in {name}", formulas, [])

names = {row[0] for row in database.execute("SELECT call_id FROM calls")}
check("calls by name", {row[0].value for row in sheets["Calls"].iter_rows(min_row=2)}, names)

with open(report / "report.csv", encoding="utf-8-sig", newline="") as file:
    rows = list(csv.reader(file))
check("rows of the CSV", len(rows) - 1, cards + without)
check("widths of the CSV", {len(row) for row in rows}, {len(rows[0])})
check("cells that begin like a formula", [cell for row in rows for cell in row if cell.startswith(tuple("=+-@"))], [])

print("\n".join(mistakes) or f"{listed} calls, {findings} findings, {agents} agents, {failed} failures agree")
sys.exit(1 if mistakes else 0)
