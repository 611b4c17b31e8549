// SPDX-License-Identifier: Apache-2.0
// Gold sequence by a recurrence on whole words.
#include "kernels/primitives/gold_words.hpp"

#include "kernels/primitives/gold_sequence.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace airan {

// Over GF(2) the square of a polynomial is the polynomial of the squares, so the recurrence
// x1(n+31) = x1(n+3) + x1(n) also holds with every distance multiplied by 32: with words X of 32
// bits, X1[i+31] = X1[i+3] ^ X1[i], and likewise X2[i+31] = X2[i+3] ^ X2[i+2] ^ X2[i+1] ^ X2[i].
void gold_words(std::uint32_t c_init, std::span<std::uint32_t> words) {
  constexpr std::size_t degree = 31;
  constexpr std::size_t chunk = 512;
  std::array<std::uint32_t, chunk + degree> x1;
  std::array<std::uint32_t, chunk + degree> x2;
  GoldSequence only_x1(0); // the second register stays 0
  GoldSequence both(c_init);
  for (std::size_t i = 0; i < degree; ++i) {
    x1[i] = only_x1.next32();
    x2[i] = both.next32() ^ x1[i];
  }
  for (std::size_t first = 0; first < words.size(); first += chunk) {
    const std::size_t n = std::min(chunk, words.size() - first);
    for (std::size_t i = 0; i < chunk; ++i)
      x1[i + degree] = x1[i + 3] ^ x1[i];
    for (std::size_t i = 0; i < chunk; ++i)
      x2[i + degree] = x2[i + 3] ^ x2[i + 2] ^ x2[i + 1] ^ x2[i];
    for (std::size_t i = 0; i < n; ++i)
      words[first + i] = x1[i] ^ x2[i];
    std::copy_n(x1.begin() + chunk, degree, x1.begin());
    std::copy_n(x2.begin() + chunk, degree, x2.begin());
  }
}

} // namespace airan
