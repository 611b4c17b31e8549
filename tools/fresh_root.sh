#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Tries ./run.sh and ./test.sh in a fresh Debian 12 root made with debootstrap (root needed; minutes).
# usage: tools/fresh_root.sh [FOLDER]; the mirror is taken from this machine's apt sources or from MIRROR.
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(id -u)" -eq 0 ] || { echo "tools/fresh_root.sh needs root (debootstrap, chroot)" >&2; exit 3; }
source tools/setup.sh
airan_install debootstrap
root=${1:-$(mktemp -d)/root}
mirror=${MIRROR:-$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 2>/dev/null | head -n 1)}
echo "making a fresh Debian 12 root in $root"
# _apt is a user of the new root; everything else as debootstrap's minimal variant.
debootstrap --variant=minbase --include=ca-certificates bookworm "$root" "$mirror" >"$root.log" 2>&1 ||
  { tail -n 20 "$root.log" >&2; exit 4; }
for f in /etc/apt/apt.conf.d/* /etc/apt/sources.list /etc/apt/sources.list.d/* /etc/apt/trusted.gpg.d/*; do
  [ -f "$f" ] && { mkdir -p "$root$(dirname "$f")"; cp -n "$f" "$root$f"; }
done
cp /etc/resolv.conf "$root/etc/resolv.conf"
mkdir -p "$root/airan"
git archive HEAD | tar -x -C "$root/airan"
mount -t proc proc "$root/proc"
trap 'umount "$root/proc"' EXIT
for command in ./run.sh ./test.sh; do
  echo "== $command"
  env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root http_proxy="${http_proxy:-}" https_proxy="${https_proxy:-}" \
    chroot "$root" sh -c "cd /airan && $command"
done
echo "both commands work in a fresh Debian 12 root"
