#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes ldpc_tables.inc from two CSV files of TS 38.212 tables 5.3.2-2 and 5.3.2-3.

Usage: make_ldpc_tables.py BG1.csv BG2.csv > ldpc_tables.inc

The input is 5G_bg1.csv and 5G_bg2.csv of github.com/NVlabs/sionna
(src/sionna/phy/fec/ldpc/codes, Apache-2.0): row; column; shift of set index 0..7, an empty
row repeats the one above; two header lines.
"""
import sys


def entries(path):
    row = None
    with open(path, encoding="utf-8-sig") as file:
        for line in file.readlines()[2:]:
            fields = [field.strip() for field in line.strip().split(";")]
            if len(fields) < 10 or not fields[1]:
                continue
            if fields[0]:
                row = int(fields[0])
            yield row, int(fields[1]), [int(value) for value in fields[2:10]]


def main():
    print("// SPDX-License-Identifier: Apache-2.0")
    print("// TS 38.212 tables 5.3.2-2 and 5.3.2-3: {row, column, {V_ij of set index 0..7}}.")
    print("// Made by make_ldpc_tables.py from 5G_bg1.csv and 5G_bg2.csv of github.com/NVlabs/sionna")
    print("// (src/sionna/phy/fec/ldpc/codes, Apache-2.0).")
    print("// clang-format off")
    for graph, path in ((1, sys.argv[1]), (2, sys.argv[2])):
        rows = sorted(entries(path), key=lambda entry: (entry[0], entry[1]))
        print(f"constexpr TableEntry table_bg{graph}[] = {{")
        for row, column, shifts in rows:
            print(f"    {{{row}, {column}, {{{', '.join(map(str, shifts))}}}}},")
        print("};")
    print("// clang-format on")


if __name__ == "__main__":
    main()
