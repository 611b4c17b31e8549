#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What does not fit CI: thresholds beside the peer's, synchronisation campaigns, a 2 GiB recording, the whole suite under
# sanitizers, the build without FFTW. About an hour on two cores.
#   tools/long_checks.sh [thresholds] [sync] [large] [live] [asan] [tsan] [fuzz] [apache]     without names: all
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/setup.sh
airan_install "${airan_packages[@]}" time
airan_build cpu airan
airan=build/cpu/airan
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

thresholds() { # the full table of docs/performance.md
  "$airan" simulate testvectors/suites/ocudu_thresholds.yaml -o "$work/thresholds"
  tools/compare_thresholds.py "$work/thresholds/curves.json"
}

sync() { # 100 recordings with random starts and carrier offsets
  tools/sync_check.py --program "$airan" --recordings 100
  tools/sync_check.py --program "$airan" --recordings 100 --fading
}

large() { # 2 GiB of samples in the memory of a short recording
  cat >"$work/large.yaml" <<Y
cell: {id: 1, numerology: 1, n_prb: 273, rx_ports: 4, sample_rate_hz: 122.88e6}
transmitter:
  n_slots: 2200
  users:
    - {rnti: 17, rb_start: 0, rb_size: 273, nr_of_symbols: 14, mcs_table: qam64, mcs_index: 16, dmrs_symbols: [2, 11]}
channel: {model: awgn, snr_db: 20, carrier_offset_hz: 100, seed: 3}
output: {directory: $work/large, name: large, recordings: [sigmf]}
Y
  "$airan" generate "$work/large.yaml"
  /usr/bin/time -f '%M kB of memory at most, %e s for 1.1 s on the air' "$airan" run "$work/large/large.sigmf.yaml" -o "$work/out" 2>"$work/time"
  cat "$work/time"
  [ "$(sed -n 's/ kB.*//p' "$work/time")" -lt 500000 ] || { echo "more than 500 MB"; return 1; }
  rm -rf "$work/large"
}

live() { # a minute of packets over a virtual link, through DPDK and through UDP
  tools/live_check.py --program "$airan" --seconds 60
}

asan() { ./test.sh --preset cpu-asan; }

tsan() { # threads that share a curve
  airan_build cpu-tsan airan
  build/cpu-tsan/airan simulate config/simulate.yaml --curves 'awgn-mcs4' --threads 2 -o "$work/tsan"
}

fuzz() { tools/fuzz.sh --seconds 60; }

apache() { # without FFTW everything still builds and receives
  cmake -G Ninja -S . -B build/apache -DAIRAN_FFTW=OFF -DAIRAN_BENCH=OFF -DAIRAN_TESTS=OFF >/dev/null
  cmake --build build/apache --target airan >/dev/null
  ! ldd build/apache/airan | grep -q fftw || { echo "FFTW is still linked"; return 1; }
  build/apache/airan run config/lab.yaml -o "$work/apache"
}

checks=("$@")
[ ${#checks[@]} -gt 0 ] || checks=(thresholds sync large live asan tsan fuzz apache)
failed=()
for check in "${checks[@]}"; do
  echo "== $check"
  "$check" || failed+=("$check")
done
[ ${#failed[@]} -eq 0 ] || { echo "failed: ${failed[*]}"; exit 1; }
echo "all long checks passed: ${checks[*]}"
