// SPDX-License-Identifier: Apache-2.0
// A long stretch of the pseudo-random sequence of TS 38.211 5.2.1, many words at a time.
#pragma once

#include <cstdint>
#include <span>

namespace airan {

/// words[i] holds c(32 i) .. c(32 i + 31), c(32 i) in bit 0. An order of magnitude faster than
/// GoldSequence on a whole codeword.
void gold_words(std::uint32_t c_init, std::span<std::uint32_t> words);

} // namespace airan
