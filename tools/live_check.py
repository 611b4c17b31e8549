#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sends packets over a live link and checks that all of them arrive and every transport block is decoded.

    tools/live_check.py [--program build/cpu/airan] [--seconds 60] [dpdk] [udp]

The emulated radio unit runs in one network namespace, the receiver in another, a veth pair between them: 20 MHz, 2 ports,
TDD with 400 uplink slots per second, in real time. Grants go over a UNIX socket, as from a scheduler. Needs root (or a
user namespace that may make network namespaces); exit code 77 where that is not allowed, 1 where something was lost.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile

CELL = "{id: 1, numerology: 1, n_prb: 51, rx_ports: 2, sample_rate_hz: 30.72e6}"

RECEIVE = {
    "dpdk": """
cell: %(cell)s
source:
  type: dpdk
  device: net_af_packet,iface=%(interface)s
  grants: unix:%(folder)s/grants.sock
  compression: {method: bfp, width: 9, header: static}
  # Neither side of this link is isolated: a sender that sleeps too long is not a lost slot.
  ta4: {min_us: 0, max_us: 300000}
  queue_ms: 200
output: {directory: %(folder)s/out}
""",
    "udp": """
cell: %(cell)s
source:
  type: udp
  listen: [10.66.0.1:5000, 10.66.0.1:5001]
  framing: vita49
  grants: unix:%(folder)s/grants.sock
  queue_ms: 200
output: {directory: %(folder)s/out}
""",
}

SEND = """
cell: %(cell)s
transmitter:
  n_slots: 20
  users:
    - {rnti: 17, rb_start: 0, rb_size: 25, nr_of_symbols: 14, mcs_table: qam64, mcs_index: 10, dmrs_symbols: [2, 11],
       active_slots: [4], period_slots: 5}
    - {rnti: 18, rb_start: 25, rb_size: 26, nr_of_symbols: 14, mcs_table: qam64, mcs_index: 16, dmrs_symbols: [2, 11],
       active_slots: [4], period_slots: 5}
channel: {model: awgn, snr_db: 25, seed: 3}
radio_unit: {compression: {method: bfp, width: 9, header: static}, framing: vita49}
"""


def run(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


class Link:
    """Two namespaces with a veth pair; the receiver's end has the address 10.66.0.1."""

    def __init__(self):
        self.spaces = (f"airanrx{os.getpid()}", f"airantx{os.getpid()}")
        self.ends = ("airan0", "airan1")

    def __enter__(self):
        try:
            for space in self.spaces:
                run("ip", "netns", "add", space)
            run("ip", "-n", self.spaces[0], "link", "add", self.ends[0], "type", "veth", "peer", "name", self.ends[1],
                "netns", self.spaces[1])
            for space, end, address in zip(self.spaces, self.ends, ("10.66.0.1/24", "10.66.0.2/24")):
                subprocess.run(["ip", "netns", "exec", space, "sysctl", "-qw", f"net.ipv6.conf.{end}.disable_ipv6=1"],
                               check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                run("ip", "-n", space, "link", "set", "lo", "up")
                run("ip", "-n", space, "addr", "add", address, "dev", end)
                run("ip", "-n", space, "link", "set", end, "mtu", "9000", "up")
        except (OSError, subprocess.CalledProcessError) as error:
            self.__exit__()
            reason = (getattr(error, "stderr", None) or str(error)).strip()
            print(f"skipped: network namespaces cannot be made here ({reason})")
            sys.exit(77)
        return self

    def __exit__(self, *_):
        for space in self.spaces:
            subprocess.run(["ip", "netns", "del", space], check=False, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)

    def start(self, end, command, log):
        return subprocess.Popen(["ip", "netns", "exec", self.spaces[end], *command], stdout=subprocess.PIPE,
                                stderr=log, text=True)


def check(kind, program, seconds, folder):
    """One link of one kind; returns what is wrong, an empty list when all is well."""
    with Link() as link:
        facts = {"cell": CELL, "folder": folder, "interface": link.ends[0]}
        with open(f"{folder}/receive.yaml", "w", encoding="utf-8") as file:
            file.write(RECEIVE[kind] % facts)
        with open(f"{folder}/send.yaml", "w", encoding="utf-8") as file:
            file.write(SEND % facts)
        target = f"dev:{link.ends[1]}" if kind == "dpdk" else "udp:10.66.0.1:5000"
        with open(f"{folder}/log", "w+", encoding="utf-8") as log:
            receiver = link.start(0, [program, "run", f"{folder}/receive.yaml"], log)
            sender = link.start(1, [program, "emulate-ru", f"{folder}/send.yaml", "--to", target, "--loop", "--seconds",
                                    str(seconds), "--grants", f"unix:{folder}/grants.sock", "--json"], log)
            try:
                sent_text, _ = sender.communicate(timeout=seconds + 60)
                text, _ = receiver.communicate(timeout=60)
            except subprocess.TimeoutExpired:
                for process in (sender, receiver):
                    process.kill()
                log.seek(0)
                return [f"it did not end; log: {log.read()[-2000:]}"]
            log.seek(0)
            said = log.read()
    if sender.returncode or receiver.returncode:
        return [f"exit codes: sender {sender.returncode}, receiver {receiver.returncode}; {said[-2000:]} {text[-500:]}"]
    sent = json.loads(sent_text)
    with open(f"{folder}/out/report.json", encoding="utf-8") as file:
        report = json.load(file)
    packets, blocks = report["packets"], report["transport_blocks"]
    print(f"{kind}: sent {sent['packets']} packets, accepted {packets['accepted']}; {blocks['total']} transport blocks, "
          f"{blocks['matched']} as expected; missing PRBs {packets['missing_prbs']}, slots dropped "
          f"{report['slots_dropped']}; latency p50 {report['latency_us']['p50']:.0f} us, "
          f"p99 {report['latency_us']['p99']:.0f} us")
    wrong = []
    if packets["accepted"] != sent["packets"]:
        wrong.append(f"sent {sent['packets']}, accepted {packets['accepted']}: {packets}")
    if not blocks["total"] or blocks["total"] != sent["transport_blocks"]:
        wrong.append(f"{sent['transport_blocks']} transport blocks were sent, {blocks['total']} lines came out")
    if blocks["matched"] != blocks["total"]:
        wrong.append(f"{blocks['total'] - blocks['matched']} transport blocks were not decoded")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--program", default="build/cpu/airan")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("kinds", nargs="*", default=["dpdk", "udp"])
    options = parser.parse_args()
    program = os.path.abspath(options.program)
    failed = False
    for kind in options.kinds:
        folder = tempfile.mkdtemp(prefix="airan-live-")
        try:
            for sentence in check(kind, program, options.seconds, folder):
                print(f"{kind}: {sentence}")
                failed = True
        finally:
            shutil.rmtree(folder)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
