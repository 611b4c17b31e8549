#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Counts in how many made recordings `sync: auto` finds the slots so that they are decoded.

Each recording is one frame of granted slots at 30 kHz, 24 PRB, QPSK (MCS 4), 2 ports, DM-RS in
symbols 2 and 11, 10 dB per port and RE, with a random first slot and a random carrier offset within
+-1 kHz. Half of them begin with up to 10 ms of noise; the other half are cut within the granted
slots, so that they begin in the midst of a slot: then the slots that the cut removes must be
no_data (of the slot that it halves, the rest is received, well or not).
All slots that are wholly inside must be received with the payload that was sent, or with --fading
(TDLC300, 100 Hz) four fifths of them, because fades take some. The seeds are fixed.

Exit code 0 when all recordings are found and decoded, 1 otherwise.
"""
import argparse
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile

SAMPLE_RATE = 15_360_000
SLOT = SAMPLE_RATE // 2000  # samples of a slot at 30 kHz: all are equally long
N_SLOTS = 20  # a frame: DM-RS repeat after it, and a longer recording has no single answer
BYTES_PER_SAMPLE = 2 * 2 * 2  # ports x (I, Q) x int16


def configuration(draw, lead_in_us, fading):
    """A configuration for `airan generate`, drawn from `draw`."""
    return f"""
cell: {{id: {draw.randrange(1008)}, numerology: 1, n_prb: 24, rx_ports: 2, sample_rate_hz: {SAMPLE_RATE}}}
transmitter:
  n_slots: {N_SLOTS}
  first_sfn: {draw.randrange(1024)}
  first_slot: {draw.randrange(20)}
  users:
    - {{rnti: 17, rb_start: 0, rb_size: 24, nr_of_symbols: 14, mcs_index: 4, dmrs_symbols: [2, 11]}}
channel:
  model: {"tdlc300" if fading else "awgn"}
  doppler_hz: {100 if fading else 0}
  snr_db: 10
  carrier_offset_hz: {draw.uniform(-1000, 1000):.3f}
  lead_in_us: {lead_in_us:.6f}
  seed: {draw.randrange(10**9)}
output: {{directory: ., name: r, recordings: [sigmf]}}
"""


def run(program, arguments, folder):
    return subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True)


def problem_of(program, folder, seed, fading):
    """What went wrong with the recording of a seed, and how it was made; None if nothing did."""
    draw = random.Random(seed)
    is_cut = seed % 2 == 1
    start = draw.uniform(0, 0.95 * N_SLOTS * SLOT if is_cut else N_SLOTS * SLOT)  # samples
    lead_in_us = 0 if is_cut else 1e6 * start / SAMPLE_RATE
    (folder / "c.yaml").write_text(configuration(draw, lead_in_us, fading))
    made = run(program, ["generate", "c.yaml"], folder)
    if made.returncode != 0:
        return f"generate failed: {made.stderr.strip()}"
    cut = int(start) if is_cut else 0
    data = folder / "r.sigmf-data"
    data.write_bytes(data.read_bytes()[cut * BYTES_PER_SAMPLE:])
    receive = folder / "r.sigmf.yaml"
    text = receive.read_text()
    text = re.sub(r"\n  (sync|first_sfn|first_slot): .*", "", text)
    receive.write_text(text.replace("\nsource:\n", "\nsource:\n  sync: auto\n"))
    received = run(program, ["run", receive.name, "-o", "results"], folder)
    lines = folder / "results" / "transport_blocks.jsonl"
    how = f"cut {cut} samples" if is_cut else f"lead-in {lead_in_us:.1f} us"
    if received.returncode not in (0, 1) or not lines.is_file():
        return f"{how}: {received.stderr.strip()}"
    blocks = [json.loads(line) for line in lines.read_text().splitlines()]
    if len(blocks) != N_SLOTS:
        return f"{how}: {len(blocks)} results for {N_SLOTS} grants"
    first = -(-cut // SLOT)  # whole slot; of the one before it, a part is there
    heard = [i for i in range(cut // SLOT) if blocks[i]["status"] != "no_data"]
    if heard:
        return f"{how}: slots {heard} have data and lie before the recording"
    grants = [json.loads(line) for line in (folder / "r.grants.jsonl").read_text().splitlines()]
    sent = [grant["pusch"][0]["expect"]["payload_sha256"] for grant in grants]
    right = sum(blocks[i].get("payload_sha256") == sent[i] for i in range(first, N_SLOTS))
    wanted = N_SLOTS - first
    needed = 0.8 * wanted if fading else wanted
    return None if right >= needed else f"{how}: {right} of {wanted} whole slots decoded"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default="build/cpu/airan", help="the airan program")
    parser.add_argument("--recordings", type=int, default=100, metavar="N")
    parser.add_argument("--fading", action="store_true", help="TDLC300, 100 Hz, instead of AWGN")
    arguments = parser.parse_args()
    program = str(pathlib.Path(arguments.program).resolve())
    n_right = 0
    for seed in range(arguments.recordings):
        with tempfile.TemporaryDirectory() as folder:
            problem = problem_of(program, pathlib.Path(folder), seed, arguments.fading)
        if problem is None:
            n_right += 1
        else:
            print(f"seed {seed}: {problem}", flush=True)
    print(f"{n_right} of {arguments.recordings} found and decoded")
    return 0 if n_right == arguments.recordings else 1


if __name__ == "__main__":
    sys.exit(main())
