#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints the table of docs/performance.md: SNR at 10 % BLER beside the peer's, and whether each row holds.

    tools/compare_thresholds.py OUT/curves.json [testvectors/suites/ocudu_thresholds.csv]

A row holds when our value is at most the peer's plus the tolerance; for rows with fading (whose peer value is
itself uncertain) when our 95 % interval, at most 0.4 dB wide, reaches down to that line. Exit code 1 when one does not.
"""

import csv
import json
import os
import sys

here = os.path.dirname(os.path.abspath(__file__))
table = sys.argv[2] if len(sys.argv) > 2 else os.path.join(here, "../testvectors/suites/ocudu_thresholds.csv")
with open(sys.argv[1]) as f:
    curves = {c["name"]: c for c in json.load(f)["curves"]}
with open(table, newline="") as f:
    rows = list(csv.DictReader(f))

failed = 0
print("| row | OCUDU dB | airan dB | 95 % interval | difference dB | |")
print("|---|---|---|---|---|---|")
for row in rows:
    name, peer, tolerance = row["curve"], float(row["ocudu_snr_db"]), float(row["tolerance_db"])
    crossing = curves.get(name, {}).get("crossing")
    if crossing is None:
        print(f"| {name} | {peer:.2f} | not bracketed | | | fails |")
        failed += 1
        continue
    snr, low, high = crossing["snr_db"], crossing["low_95_db"], crossing["high_95_db"]
    is_fading = not name.startswith("awgn")
    holds = (low <= peer + tolerance and high - low <= 0.4) if is_fading else snr <= peer + tolerance
    failed += not holds
    print(
        f"| {name} | {peer:.2f} | {snr:.2f} | {low:.2f} .. {high:.2f} | {snr - peer:+.2f} |"
        f" {'holds' if holds else 'fails'} |"
    )
print(f"\n{len(rows) - failed} of {len(rows)} rows hold")
sys.exit(1 if failed else 0)
