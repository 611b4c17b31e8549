#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Verifies the bundled test vectors against testvectors/SHA256SUMS and the manifests.

Exit code 0 when every vector is there and unchanged, 1 otherwise; each problem is one line.
"""
import hashlib
import json
import pathlib
import sys

EXPECTED_VECTORS = {"sionna": 63, "aerial_model": 5, "ocudu_model": 20, "fronthaul": 1}

# What the manifests name the hash of a file with this suffix.
HASHED_FILES = {".h5": "sha256", ".sigmf-data": "time_domain_sha256", ".pcap": "capture_sha256"}


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def check_sums(root):
    """Yields a problem for each listed file that is missing or changed, or not listed."""
    listed = set()
    for line in (root / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split(maxsplit=1)
        listed.add(name)
        path = root / name
        if not path.is_file():
            yield f"{name}: missing"
        elif sha256(path) != digest:
            yield f"{name}: its SHA-256 is not the one in SHA256SUMS"
    for folder in EXPECTED_VECTORS:
        for path in sorted((root / folder).glob("*")):
            name = str(path.relative_to(root))
            if name not in listed:
                yield f"{name}: not in SHA256SUMS"


def check_manifest(root, folder, count):
    """Yields a problem for each vector that differs from its manifest."""
    manifest = json.loads((root / folder / "manifest.json").read_text())
    if len(manifest["vectors"]) != count:
        yield f"{folder}: the manifest lists {len(manifest['vectors'])} vectors, not {count}"
    for vector in manifest["vectors"]:
        files = {suffix: vector[key] for suffix, key in HASHED_FILES.items() if key in vector}
        if not files:
            yield f"{folder}: the manifest has no hash of {vector['name']}"
        for suffix, digest in files.items():
            path = root / folder / (vector["name"] + suffix)
            if not path.is_file():
                yield f"{folder}/{path.name}: missing"
            elif sha256(path) != digest:
                yield f"{folder}/{path.name}: its SHA-256 is not the one in the manifest"


def main():
    root = pathlib.Path(__file__).resolve().parent.parent / "testvectors"
    problems = list(check_sums(root))
    for folder, count in EXPECTED_VECTORS.items():
        problems += check_manifest(root, folder, count)
    for problem in problems:
        print(problem)
    if not problems:
        print(f"{sum(EXPECTED_VECTORS.values())} vectors are there and unchanged")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
