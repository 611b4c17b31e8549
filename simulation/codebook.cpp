// SPDX-License-Identifier: Apache-2.0
// The uplink codebooks W of TS 38.211 tables 6.3.1.5-1 .. -7.
#include "simulation/pusch_transmitter.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <string_view>

namespace airan::simulation {
namespace {

/// One matrix: its elements row by row, rows separated by spaces, '-' for -1, 'j' and 'n' (= -j);
/// and 1 / scale^2.
struct Entry {
  std::string_view elements;
  std::int32_t inverse_scale_squared;
};

// Table 6.3.1.5-1: one layer on two ports.
constexpr std::array<Entry, 6> one_layer_two_ports{
    {{"1 0", 2}, {"0 1", 2}, {"1 1", 2}, {"1 -", 2}, {"1 j", 2}, {"1 n", 2}}};

// Table 6.3.1.5-2: one layer on four ports with transform precoding.
constexpr std::array<Entry, 28> one_layer_four_ports_dft{
    {{"1 0 0 0", 4}, {"0 1 0 0", 4}, {"0 0 1 0", 4}, {"0 0 0 1", 4}, {"1 0 1 0", 4}, {"1 0 - 0", 4},
     {"1 0 j 0", 4}, {"1 0 n 0", 4}, {"0 1 0 1", 4}, {"0 1 0 -", 4}, {"0 1 0 j", 4}, {"0 1 0 n", 4},
     {"1 1 1 -", 4}, {"1 1 j j", 4}, {"1 1 - 1", 4}, {"1 1 n n", 4}, {"1 j 1 j", 4}, {"1 j j 1", 4},
     {"1 j - n", 4}, {"1 j n -", 4}, {"1 - 1 1", 4}, {"1 - j n", 4}, {"1 - - -", 4}, {"1 - n j", 4},
     {"1 n 1 n", 4}, {"1 n j -", 4}, {"1 n - j", 4}, {"1 n n 1", 4}}};

// Table 6.3.1.5-3: one layer on four ports without transform precoding.
constexpr std::array<Entry, 28> one_layer_four_ports{
    {{"1 0 0 0", 4}, {"0 1 0 0", 4}, {"0 0 1 0", 4}, {"0 0 0 1", 4}, {"1 0 1 0", 4}, {"1 0 - 0", 4},
     {"1 0 j 0", 4}, {"1 0 n 0", 4}, {"0 1 0 1", 4}, {"0 1 0 -", 4}, {"0 1 0 j", 4}, {"0 1 0 n", 4},
     {"1 1 1 1", 4}, {"1 1 j j", 4}, {"1 1 - -", 4}, {"1 1 n n", 4}, {"1 j 1 j", 4}, {"1 j j -", 4},
     {"1 j - n", 4}, {"1 j n 1", 4}, {"1 - 1 -", 4}, {"1 - j n", 4}, {"1 - - 1", 4}, {"1 - n j", 4},
     {"1 n 1 n", 4}, {"1 n j 1", 4}, {"1 n - j", 4}, {"1 n n -", 4}}};

// Table 6.3.1.5-4: two layers on two ports.
constexpr std::array<Entry, 3> two_layers_two_ports{{{"10 01", 2}, {"11 1-", 4}, {"11 jn", 4}}};

// Table 6.3.1.5-5: two layers on four ports.
constexpr std::array<Entry, 22> two_layers_four_ports{
    {{"10 01 00 00", 4}, {"10 00 01 00", 4}, {"10 00 00 01", 4}, {"00 10 01 00", 4},
     {"00 10 00 01", 4}, {"00 00 10 01", 4}, {"10 01 10 0n", 4}, {"10 01 10 0j", 4},
     {"10 01 n0 01", 4}, {"10 01 n0 0-", 4}, {"10 01 -0 0n", 4}, {"10 01 -0 0j", 4},
     {"10 01 j0 01", 4}, {"10 01 j0 0-", 4}, {"11 11 1- 1-", 8}, {"11 11 jn jn", 8},
     {"11 jj 1- jn", 8}, {"11 jj jn -1", 8}, {"11 -- 1- -1", 8}, {"11 -- jn nj", 8},
     {"11 nn 1- nj", 8}, {"11 nn jn 1-", 8}}};

// Table 6.3.1.5-6: three layers on four ports.
constexpr std::array<Entry, 7> three_layers_four_ports{{{"100 010 001 000", 4},
                                                        {"100 010 100 001", 4},
                                                        {"100 010 -00 001", 4},
                                                        {"111 1-1 11- 1--", 12},
                                                        {"111 1-1 jjn jnn", 12},
                                                        {"111 -1- 11- -11", 12},
                                                        {"111 -1- jjn njj", 12}}};

// Table 6.3.1.5-7: four layers on four ports.
constexpr std::array<Entry, 5> four_layers_four_ports{{{"1000 0100 0010 0001", 4},
                                                       {"1100 0011 1-00 001-", 8},
                                                       {"1100 0011 jn00 00jn", 8},
                                                       {"1111 1-1- 11-- 1--1", 16},
                                                       {"1111 1-1- jjnn jnnj", 16}}};

constexpr std::array<Entry, 1> one_port{{{"1", 1}}};

std::span<const Entry> table(std::int32_t n_ports, std::int32_t n_layers, Waveform waveform) {
  if (n_ports == 1 && n_layers == 1)
    return one_port;
  if (waveform == Waveform::dft_s_ofdm && n_layers > 1)
    return {};
  if (n_ports == 2)
    return n_layers == 1   ? std::span<const Entry>(one_layer_two_ports)
           : n_layers == 2 ? std::span<const Entry>(two_layers_two_ports)
                           : std::span<const Entry>();
  if (n_ports != 4)
    return {};
  switch (n_layers) {
  case 1:
    return waveform == Waveform::dft_s_ofdm ? one_layer_four_ports_dft : one_layer_four_ports;
  case 2:
    return two_layers_four_ports;
  case 3:
    return three_layers_four_ports;
  case 4:
    return four_layers_four_ports;
  default:
    return {};
  }
}

cf32 element(char c, float scale) {
  switch (c) {
  case '1':
    return {scale, 0};
  case '-':
    return {-scale, 0};
  case 'j':
    return {0, scale};
  case 'n':
    return {0, -scale};
  default:
    return {0, 0};
  }
}

} // namespace

Result<std::vector<cf32>>
codebook_matrix(const CodebookPrecoder& precoder, std::int32_t n_layers, Waveform waveform) {
  const std::span<const Entry> entries = table(precoder.n_antenna_ports, n_layers, waveform);
  const std::string_view precoding =
      waveform == Waveform::dft_s_ofdm ? "with transform precoding" : "without transform precoding";
  if (entries.empty())
    return configuration_error(fmt::format(
        "There is no codebook of {} layers on {} antenna ports {}; TS 38.211 6.3.1.5 has "
        "1, 2 or 4 ports, at most as many layers as ports, and one layer with transform "
        "precoding.",
        n_layers, precoder.n_antenna_ports, precoding));
  if (precoder.tpmi < 0 || precoder.tpmi >= std::ssize(entries))
    return configuration_error(fmt::format(
        "TPMI {} is outside 0..{}, the codebook of {} layers on {} antenna ports {}.",
        precoder.tpmi, entries.size() - 1, n_layers, precoder.n_antenna_ports, precoding));
  const Entry& entry = entries[static_cast<std::size_t>(precoder.tpmi)];
  const auto scale = static_cast<float>(1.0 / std::sqrt(double(entry.inverse_scale_squared)));
  std::vector<cf32> w;
  for (const char c : entry.elements)
    if (c != ' ')
      w.push_back(element(c, scale));
  return w;
}

} // namespace airan::simulation
