#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that no source file is longer than 800 lines (generated *_tables.inc and data are exempt).

    tools/check_file_lengths.py [ROOT]
"""

import os
import subprocess
import sys

LIMIT = 800
SUFFIXES = (".hpp", ".cpp", ".h", ".cu", ".cuh", ".py", ".sh", ".cmake", "CMakeLists.txt")
EXEMPT_FOLDERS = ("testvectors/",)


def main():
    root = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), ".."))
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"],
                            cwd=root, check=True, capture_output=True, text=True).stdout.splitlines()
    problems = 0
    for path in listed:
        full = os.path.join(root, path)
        if not path.endswith(SUFFIXES) or path.startswith(EXEMPT_FOLDERS) or not os.path.isfile(full):
            continue
        with open(full, encoding="utf-8") as file:
            length = sum(1 for _ in file)
        if length > LIMIT:
            problems += 1
            print(f"{path}: {length} lines, at most {LIMIT}: split it")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
