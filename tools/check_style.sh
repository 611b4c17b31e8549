#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Format, layers, file lengths, self-contained headers.
set -euo pipefail
cd "$(dirname "$0")/.."
git ls-files '*.cpp' '*.hpp' | xargs clang-format --dry-run -Werror
python3 tools/check_layers.py
python3 tools/check_file_lengths.py
python3 tools/check_text.py
tools/check_headers.sh
