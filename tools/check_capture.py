#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that tshark reads the bundled fronthaul capture as it was meant: no frame is malformed, and every header field and
every IQ value, bit for bit, is what a second reading of the bytes gives.

    tools/check_capture.py [CAPTURE]        exit code 77 where there is no tshark
"""

import os
import shutil
import struct
import subprocess
import sys

WIDTH = 9  # static BFP, as the capture's manifest says
FIELDS = ["frameId", "subframe_id", "slotId", "startSymbolId", "startPrbu", "numPrbu", "exponent", "iSample", "qSample"]


def frames(path):
    """The frames of a pcap with times in ns, little-endian."""
    with open(path, "rb") as file:
        data = file.read()
    assert struct.unpack("<I", data[:4])[0] == 0xA1B23C4D, "not a pcap with times in ns"
    at = 24
    while at < len(data):
        size = struct.unpack("<I", data[at + 8:at + 12])[0]
        yield data[at + 16:at + 16 + size]
        at += 16 + size


def read_uplane(frame):
    """Header fields and IQ integers of a U-plane frame; None for the C-plane. One 802.1Q tag, one section."""
    ecpri = 14 + (4 if frame[12:14] == b"\x81\x00" else 0)
    if frame[ecpri + 1] != 0:
        return None
    app = ecpri + 8
    ids = int.from_bytes(frame[app + 2:app + 4], "big")
    section = int.from_bytes(frame[app + 4:app + 8], "big")
    header = [frame[app + 1], ids >> 12, ids >> 6 & 63, ids & 63, section >> 8 & 1023, section & 255]
    at, exponents, iq = app + 8, [], []
    end = ecpri + 4 + int.from_bytes(frame[ecpri + 2:ecpri + 4], "big")
    while at + 1 + 3 * WIDTH <= end:
        exponents.append(frame[at] & 15)
        bits = int.from_bytes(frame[at + 1:at + 1 + 3 * WIDTH], "big")
        for n in range(24):
            value = bits >> (23 - n) * WIDTH & (1 << WIDTH) - 1
            iq.append((value - (1 << WIDTH if value >> WIDTH - 1 else 0)) << exponents[-1])
        at += 1 + 3 * WIDTH
    assert at == end, "bytes are left"
    return header, exponents, iq


def dissect(path):
    """tshark's fields, frame by frame."""
    command = ["tshark", "-r", path, "-o", f"oran_fh_cus.oran.iq_bitwidth_up:{WIDTH}", "-T", "fields", "-E", "occurrence=a",
               "-e", "_ws.malformed"]
    for field in FIELDS:
        command += ["-e", f"oran_fh_cus.{field}"]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    for line in output.splitlines():
        yield [cell.split(",") if cell else [] for cell in line.split("\t")]


def main():
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
    path = sys.argv[1] if len(sys.argv) > 1 else os.path.join(root, "testvectors/fronthaul/tdd_20mhz.pcap")
    if shutil.which("tshark") is None:
        print("skipped: tshark is not installed")
        return 77
    counts = {"user": 0, "control": 0, "values": 0}
    for number, (frame, cells) in enumerate(zip(frames(path), dissect(path), strict=True), 1):
        assert not cells[0], f"frame {number} is malformed for tshark"
        wanted = read_uplane(frame)
        if wanted is None:
            counts["control"] += 1
            continue
        header, exponents, iq = wanted
        seen = [int(cells[1 + i][0], 0) for i in range(6)]
        assert seen == header, f"frame {number}: fields {FIELDS[:6]} are {seen}, not {header}"
        assert [int(e, 0) for e in cells[7]] == exponents, f"frame {number}: exponents differ"
        # tshark prints value / 2^(width + 14) with six digits: exact once the exponent is taken out.
        scale = 1 << WIDTH + 14
        for component in (0, 1):
            for n, text in enumerate(cells[8 + component]):
                exponent = exponents[n // 12]
                mantissa = round(float(text) * scale / (1 << exponent))
                assert mantissa << exponent == iq[2 * n + component], f"frame {number}: IQ value {n} differs"
                counts["values"] += 1
            assert len(cells[8 + component]) == len(iq) // 2, f"frame {number}: IQ values are missing"
        counts["user"] += 1
    print(f"tshark agrees: {counts['user']} U-plane and {counts['control']} C-plane frames, {counts['values']} I and Q values")
    return 0 if counts["user"] and counts["control"] else 1


if __name__ == "__main__":
    sys.exit(main())
