#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks text files: SPDX line, no trailing blanks or tabs in C++, a final newline; and file sizes.

    tools/check_text.py [FILE ...]        without files: everything that git tracks
"""

import os
import subprocess
import sys

CODE = (".hpp", ".cpp", ".h", ".cu", ".cuh", ".inc", ".py", ".sh", ".cmake", "CMakeLists.txt")
TEXT = CODE + (".md", ".yaml", ".yml", ".json", ".jsonl", ".txt", ".csv")
LARGEST_BYTES = 1 << 20
DATA_FOLDERS = ("testvectors/",)


def problems_of(path):
    if os.path.getsize(path) > LARGEST_BYTES and not path.startswith(DATA_FOLDERS):
        yield f"{path}: {os.path.getsize(path)} bytes, at most {LARGEST_BYTES} outside testvectors/"
    if path.startswith(DATA_FOLDERS) or not path.endswith(TEXT):
        return
    with open(path, encoding="utf-8", errors="replace", newline="") as file:
        text = file.read()
    if path.endswith(CODE) and "SPDX-License-Identifier: Apache-2.0" not in text[:400]:
        yield f"{path}:1: does not begin with SPDX-License-Identifier: Apache-2.0"
    if text and not text.endswith("\n"):
        yield f"{path}: does not end with a newline"
    for number, line in enumerate(text.split("\n"), 1):
        if line != line.rstrip():
            yield f"{path}:{number}: ends with blanks"
        if "\t" in line and path.endswith((".hpp", ".cpp", ".h", ".cu", ".cuh", ".py")):
            yield f"{path}:{number}: has a tab"


def main():
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
    files = sys.argv[1:] or subprocess.run(["git", "ls-files"], check=True, capture_output=True,
                                           text=True).stdout.splitlines()
    found = [problem for path in files if os.path.isfile(path) for problem in problems_of(path)]
    for problem in found:
        print(problem)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
