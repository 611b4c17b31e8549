#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Sets up, builds and passes the tests: ./test.sh [--no-install] [--preset NAME] [CTEST OPTIONS...]
set -euo pipefail
cd "$(dirname "$0")"
preset=cpu
while [ $# -gt 0 ]; do
  case "$1" in
    --help)
      echo "usage: ./test.sh [--no-install] [--preset cpu|cpu-asan|cpu-tsan] [CTEST OPTIONS...]"
      exit 0 ;;
    --no-install) export AIRAN_NO_INSTALL=1; shift ;;
    --preset) preset=$2; shift 2 ;;
    *) break ;;
  esac
done
source tools/setup.sh
airan_install "${airan_packages[@]}"
airan_build "$preset"
exec ctest --test-dir "build/$preset" --output-on-failure --schedule-random --parallel "$(nproc)" "$@"
