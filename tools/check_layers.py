#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks who includes whom: reads the #include lines and fails where a folder reaches past its layer.

    tools/check_layers.py [ROOT]
"""

import os
import re
import sys

# What each folder may include besides itself. Whoever calls an operation needs its queue and
# buffers, so what may see kernels/ may see runtime/.
MAY_INCLUDE = {
    "core": set(),
    "runtime": {"core"},
    "kernels": {"runtime", "core"},
    "phy": {"kernels", "runtime", "core"},
    "ml": {"kernels", "runtime", "core"},
    "io": {"core"},
    "control": {"core"},
    "config": {"core"},
    "energy": {"core"},
    "service": {"core"},
    "simulation": {"phy", "kernels", "runtime", "config", "io", "core"},
}
# These may include everything of ours: that is where it is wired, tested and measured.
WIRING = {"apps", "tests", "bench"}
FOLDERS = set(MAY_INCLUDE) | WIRING

SUFFIXES = (".hpp", ".cpp", ".h", ".cu", ".cuh", ".inc")
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')
CUDA = re.compile(r"^(cuda|cufft|cublas|cudnn|curand|cusolver|cusparse|nvml|nvtx|nvToolsExt|mma\.h|"
                  r"cooperative_groups|cub/|thrust/|device_launch_parameters)")
DPDK = re.compile(r"^rte_\w+\.h$")
BOOST = re.compile(r"^boost/")


def read_includes(root):
    """path -> [(line number, bracket, included name)] of all sources, paths relative to root."""
    includes = {}
    for folder in sorted(FOLDERS):
        for directory, _, names in os.walk(os.path.join(root, folder)):
            for name in sorted(names):
                if not name.endswith(SUFFIXES):
                    continue
                full = os.path.join(directory, name)
                path = os.path.relpath(full, root).replace(os.sep, "/")
                with open(full, encoding="utf-8") as file:
                    found = [(number, *match.groups()) for number, text in enumerate(file, 1)
                             if (match := INCLUDE.match(text))]
                includes[path] = found
    return includes


def top(path):
    return path.split("/", 1)[0]


def check_folders(includes):
    for path, found in includes.items():
        for line, bracket, name in found:
            if bracket != '"':
                continue
            target = top(name)
            if "/" not in name or target not in FOLDERS:
                sibling = os.path.normpath(os.path.join(os.path.dirname(path), name))
                if sibling.replace(os.sep, "/") in includes:
                    yield f'{path}:{line}: includes "{name}": write the path from the root, "{sibling}"'
                continue
            mine = top(path)
            if mine in WIRING or target == mine or target in MAY_INCLUDE[mine]:
                continue
            yield f"{path}:{line}: {path} includes {name}: {mine} may not depend on {target}"


def check_external(includes):
    for path, found in includes.items():
        for line, _, name in found:
            if CUDA.match(name) and "/cuda/" not in path:
                yield f"{path}:{line}: {path} includes <{name}>: CUDA headers only under */cuda/"
            if DPDK.match(name) and "io/dpdk/" not in path:
                yield f"{path}:{line}: {path} includes <{name}>: DPDK headers only under io/dpdk/"


def check_boost(includes):
    """A header is public when a file of another folder includes it, directly or not."""
    included_by = {}
    for path, found in includes.items():
        for _, bracket, name in found:
            if bracket == '"':
                included_by.setdefault(name, []).append(path)
    for path, found in includes.items():
        if not path.endswith((".hpp", ".h", ".cuh")) or top(path) in WIRING:
            continue
        boost = [(line, name) for line, _, name in found if BOOST.match(name)]
        if not boost:
            continue
        seen, pending = set(), [path]
        while pending:
            for user in included_by.get(pending.pop(), []):
                if user not in seen:
                    seen.add(user)
                    pending.append(user)
        outside = sorted(user for user in seen if top(user) != top(path))
        if outside:
            line, name = boost[0]
            yield (f"{path}:{line}: {path} includes <{name}>: Boost may not appear in a public header, "
                   f"and {outside[0]} includes this one")


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "..")
    includes = read_includes(os.path.abspath(root))
    problems = [*check_folders(includes), *check_external(includes), *check_boost(includes)]
    for problem in problems:
        print(problem)
    if not includes:
        print("no sources found: is this the root of the repository?")
        return 2
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
