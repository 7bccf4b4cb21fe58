#!/bin/sh
# Scores the sample calls in fixtures/ with the shipped rubrics and says where to look next. usage: demo.sh PROGRAM RESULTS
set -eu
program=$1
results=$2
export CALLGRADE_MODELS="${CALLGRADE_MODELS:-models}"

echo
echo "callgrade score fixtures/calls --calls fixtures/calls/CALLS.csv --rubric rubrics/*.yaml --out $results"
status=0
"$program" score fixtures/calls --calls fixtures/calls/CALLS.csv \
    --rubric rubrics/*.yaml \
    --out "$results" || status=$?
[ "$status" -eq 0 ] || exit "$status"
"$program" report "$results"
echo
echo "Where to look next:"
echo "  $results/report/index.html                      the day, the agents, each call, in a browser"
echo "  $program show $results CALL     one call on the terminal"
echo "  $program examples $results --criterion greeting --outcome pass --best 3 --to clips"
echo "  $program rubric explain greeting --rubric rubrics/inbound-service-en.yaml"
