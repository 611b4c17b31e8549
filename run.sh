#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Sets up, builds and runs the bundled recording: ./run.sh [--no-install] [CONFIG [OPTIONS...]]
set -euo pipefail
cd "$(dirname "$0")"
if [ "${1:-}" = --help ]; then
  echo "usage: ./run.sh [--no-install] [CONFIG [OPTIONS...]]"
  echo "Installs what is missing (Debian 12), builds airan and runs 'airan run CONFIG' (default config/lab.yaml)."
  echo "--no-install  list what is missing instead of installing it"
  exit 0
fi
if [ "${1:-}" = --no-install ]; then
  export AIRAN_NO_INSTALL=1
  shift
fi
source tools/setup.sh
airan_install "${airan_packages[@]}"
airan_build cpu airan
exec build/cpu/airan run "${@:-config/lab.yaml}"
