#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the libFuzzer harnesses (tests/fuzz) under the address and undefined-behaviour sanitizers.
#   tools/fuzz.sh [--seconds N] [NAME...]     N seconds each (10); without names: all of them
# Each starts from a copy of its corpus: nothing is written into the tree. One line per harness; exit code 1 on a
# finding, whose input stays under build/fuzz/findings/NAME. Run it again:
#   build/fuzz/tests/fuzz/fuzz_NAME build/fuzz/findings/NAME/crash-...
# What was found on the way (inputs that reach new code) stays under build/fuzz/found/NAME until the next run.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/setup.sh

seconds=10
names=()
while [ $# -gt 0 ]; do
  case $1 in
    --seconds) seconds=${2:?--seconds needs a number}; shift 2 ;;
    -h | --help) sed -n '3,9s/^# \{0,1\}//p' "$0"; exit 0 ;;
    -*) echo "unknown option $1 (--help tells the options)" >&2; exit 2 ;;
    *) names+=("$1"); shift ;;
  esac
done
[[ $seconds =~ ^[1-9][0-9]*$ ]] || { echo "--seconds is $seconds: give a whole number from 1" >&2; exit 2; }
if [ ${#names[@]} -eq 0 ]; then
  for source in tests/fuzz/*_fuzz.cpp; do
    names+=("$(basename "$source" _fuzz.cpp)")
  done
fi
for name in "${names[@]}"; do
  [ -e "tests/fuzz/${name}_fuzz.cpp" ] || { echo "there is no tests/fuzz/${name}_fuzz.cpp" >&2; exit 2; }
done

airan_install "${airan_packages[@]}" "${airan_fuzz_packages[@]}"
airan_build fuzz "${names[@]/#/fuzz_}"

# statistic LOG NAME: of libFuzzer's -print_final_stats
statistic() { sed -n "s/^stat::$2: *//p" "$1"; }

# fuzz NAME: prints one line; fails on a finding.
fuzz() {
  local name=$1 corpus=build/fuzz/found/$1 findings=build/fuzz/findings/$1 log=build/fuzz/$1.log
  local verdict=clean status=0 options=() edges
  rm -rf "$corpus"
  mkdir -p "$corpus" "$findings"
  [ ! -d "tests/fuzz/corpus/$name" ] || cp -r "tests/fuzz/corpus/$name/." "$corpus"
  [ ! -e "tests/fuzz/$name.dict" ] || options+=("-dict=tests/fuzz/$name.dict")
  UBSAN_OPTIONS=print_stacktrace=1 "build/fuzz/tests/fuzz/fuzz_$name" -max_total_time="$seconds" -timeout=10 \
    -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$findings/" "${options[@]}" "$corpus" >"$log" 2>&1 || status=$?
  if [ "$status" -ne 0 ]; then
    verdict="FINDING: $(grep -o -m 1 -E "assertion '.*|SUMMARY: .*|runtime error: .*|ERROR: .*" "$log" || echo "exit code $status")"
  fi
  # Edges covered by the seeds alone (libFuzzer's line INITED) and at the end.
  edges=$(grep -o -E 'INITED cov: [0-9]+' "$log" | grep -o '[0-9]*$' || true)
  printf '%-20s %10s executions %8s/s   edges %s -> %s, %s new inputs   %s\n' "$name" \
    "$(statistic "$log" number_of_executed_units)" "$(statistic "$log" average_exec_per_sec)" "${edges:-?}" \
    "$(grep -o -E 'cov: [0-9]+' "$log" | tail -n 1 | grep -o '[0-9]*$' || echo '?')" \
    "$(statistic "$log" new_units_added)" "$verdict"
  if [ "$status" -ne 0 ]; then
    echo "the log is $log, the input is in $findings" >&2
    return 1
  fi
}

failed=()
for name in "${names[@]}"; do
  fuzz "$name" || failed+=("$name")
done
[ ${#failed[@]} -eq 0 ] || { echo "findings in: ${failed[*]}" >&2; exit 1; }
