#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes simulation/tdl_tables.inc from testvectors/tables/tdl_*.csv."""

import csv
import os

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
TABLES = os.path.join(ROOT, "testvectors", "tables")


def read(name):
    with open(os.path.join(TABLES, name), newline="") as f:
        return list(csv.DictReader(f))


def array(name, taps):
    lines = [f"constexpr NormalisedTap {name}[] = {{"]
    lines += [f"    {{{float(delay)}, {float(power)}}}," for delay, power in taps]
    return lines + ["};"]


lines = [
    "// SPDX-License-Identifier: Apache-2.0",
    "// Tapped delay lines, made by tools/make_tdl_tables.py (origins in testvectors/tables/README.md).",
    "",
]
full = read("tdl_38901.csv")
for letter in "ABCDE":
    taps = [(r["norm_delay"], r["power_db"]) for r in full if r["model"] == f"TDL-{letter}"]
    lines += array(f"tdl_{letter.lower()}", taps)
reduced = read("tdl_reduced.csv")
for profile in ("TDLA30", "TDLB100", "TDLC300"):
    taps = [(r["delay_ns"], r["power_db"]) for r in reduced if r["profile"] == profile]
    lines += array(profile.lower(), taps)
with open(os.path.join(ROOT, "simulation", "tdl_tables.inc"), "w") as f:
    f.write("\n".join(lines) + "\n")
