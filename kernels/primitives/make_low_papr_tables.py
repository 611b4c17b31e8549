#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes low_papr_tables.inc from a CSV file of TS 38.211 tables 5.2.2.2-1 .. -4.

Usage: make_low_papr_tables.py PHI.csv > low_papr_tables.inc

The input has the columns m_zc, u, "phi(0) ... phi(M-1)" (separated by spaces) and one header line;
the values were taken from low_papr_sequence_generator_impl.cpp of github.com/ocudu/ocudu
(BSD-3-Clause-Open-MPI) and agree with srsRAN_Project and gc1905/5g-nr-pusch.
"""
import csv
import sys

N_GROUPS = 30


def main():
    rows = {}
    with open(sys.argv[1], encoding="utf-8") as file:
        for row in csv.DictReader(file):
            phi = [int(value) for value in row["phi_0_to_m_minus_1"].split()]
            assert len(phi) == int(row["m_zc"]) and set(phi) <= {-3, -1, 1, 3}, row
            rows[int(row["m_zc"]), int(row["u"])] = phi
    assert len(rows) == 4 * N_GROUPS
    print("// SPDX-License-Identifier: Apache-2.0")
    print("// TS 38.211 tables 5.2.2.2-1 .. -4: phi(n) of M_ZC = 6, 12, 18, 24; one row for each u.")
    print("// Made by make_low_papr_tables.py; the values come from low_papr_sequence_generator_impl.cpp")
    print("// of github.com/ocudu/ocudu (BSD-3-Clause-Open-MPI).")
    print("// clang-format off")
    for length in (6, 12, 18, 24):
        print(f"constexpr std::int8_t phi_{length}[{N_GROUPS}][{length}] = {{")
        for group in range(N_GROUPS):
            print(f"    {{{', '.join(map(str, rows[length, group]))}}},")
        print("};")
    print("// clang-format on")


if __name__ == "__main__":
    main()
