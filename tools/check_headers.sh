#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Compiles every header alone: each must include what it uses. AIRAN_JOBS sets how many at once (2).
#   tools/check_headers.sh [FOLDER ...]
set -euo pipefail
cd "$(dirname "$0")/.."

export CXX="${CXX:-g++}"
FLAGS="-I. $(pkg-config --cflags hdf5-serial libhwy kissfft-float 2>/dev/null || true)"
export FLAGS

check_one() {
  local header="$1"
  # shellcheck disable=SC2086
  if ! printf '#include "%s"\n' "$header" |
    $CXX -std=c++20 -Wall -Wextra -Wpedantic -Wshadow -Werror -fsyntax-only $FLAGS \
      -DAIRAN_SOURCE_DIR='""' -DAIRAN_PROGRAM='""' -x c++ -; then
    echo "$header: does not compile alone"
    return 1
  fi
}
export -f check_one

folders=("$@")
if [ ${#folders[@]} -eq 0 ]; then
  for folder in core runtime kernels phy ml io control config simulation apps tests; do
    [ -d "$folder" ] && folders+=("$folder")
  done
fi
# Headers that Highway includes once per target (-inl.hpp) and CUDA headers are compiled elsewhere.
find "${folders[@]}" -name '*.hpp' ! -name '*-inl.hpp' ! -path '*/cuda/*' -print0 | sort -z |
  xargs -0 -r -n 1 -P "${AIRAN_JOBS:-2}" bash -c 'check_one "$1"' _
