// SPDX-License-Identifier: Apache-2.0
// Merging and completing the facts of a cell.
#include "core/cell_facts.hpp"

#include <cmath>
#include <sstream>
#include <string>

namespace airan {
namespace {

std::string text(std::int32_t v) {
  return std::to_string(v);
}
std::string text(CyclicPrefix v) {
  return v == CyclicPrefix::normal ? "normal" : "extended";
}
std::string text(double v) {
  std::ostringstream s;
  s.precision(15);
  s << v;
  return s.str();
}

bool same(std::int32_t a, std::int32_t b) {
  return a == b;
}
bool same(CyclicPrefix a, CyclicPrefix b) {
  return a == b;
}
/// Recordings state rates as decimal text: equal to a part in 10^9.
bool same(double a, double b) {
  return std::abs(a - b) <= 1e-9 * std::abs(a);
}

/// Appends to `problem` when both sides know a fact and differ.
template <class T>
std::optional<T> merge(const char* name,
                       const std::optional<T>& given,
                       const std::optional<T>& recorded,
                       std::string& problem) {
  if (given && recorded && !same(*given, *recorded)) {
    problem += problem.empty() ? "" : ", ";
    problem += std::string(name) + " is " + text(*recorded) + " there but " + text(*given) +
               " in the configuration";
  }
  return given ? given : recorded;
}

} // namespace

Result<CellFacts>
merge_facts(const CellFacts& given, const CellFacts& recorded, std::string_view recording) {
  std::string problem;
  CellFacts f;
  f.numerology = merge("numerology", given.numerology, recorded.numerology, problem);
  f.cyclic_prefix = merge("cyclic_prefix", given.cyclic_prefix, recorded.cyclic_prefix, problem);
  f.n_prb = merge("n_prb", given.n_prb, recorded.n_prb, problem);
  f.first_prb = merge("first_prb", given.first_prb, recorded.first_prb, problem);
  f.rx_ports = merge("rx_ports", given.rx_ports, recorded.rx_ports, problem);
  f.sample_rate_hz =
      merge("sample_rate_hz", given.sample_rate_hz, recorded.sample_rate_hz, problem);
  f.fft_size = merge("fft_size", given.fft_size, recorded.fft_size, problem);
  f.first_sfn = merge("first_sfn", given.first_sfn, recorded.first_sfn, problem);
  f.first_slot = merge("first_slot", given.first_slot, recorded.first_slot, problem);
  if (!problem.empty())
    return file_error(std::string(recording) + " and the configuration disagree: " + problem +
                      "; correct one of them or leave the key out");
  return f;
}

namespace {

Result<std::int32_t> fft_size_of(const CellFacts& f, std::int32_t numerology) {
  const double spacing = subcarrier_spacing_hz(numerology);
  if (!f.sample_rate_hz) {
    if (!f.fft_size)
      return configuration_error("neither the configuration nor the recording states the sample "
                                 "rate; give cell.sample_rate_hz");
    return *f.fft_size;
  }
  const double rate = *f.sample_rate_hz;
  const double n = std::round(rate / spacing);
  if (!(rate > 0) || !(n <= 1 << 20) || std::abs(n * spacing - rate) > 1e-9 * rate)
    return configuration_error("the sample rate of " + text(rate) +
                               " Hz is not a whole multiple of the subcarrier spacing of " +
                               text(spacing) + " Hz; resample the recording");
  if (f.fft_size && *f.fft_size != static_cast<std::int32_t>(n))
    return configuration_error("cell.fft_size is " + text(*f.fft_size) + " but " + text(rate) +
                               " Hz at a subcarrier spacing of " + text(spacing) + " Hz make it " +
                               text(n));
  return static_cast<std::int32_t>(n);
}

} // namespace

Result<CellSettings>
complete_cell(const CellSettings& base, const CellFacts& facts, SignalDomain domain) {
  const auto missing = [](const char* key) {
    return configuration_error(std::string("cell.") + key +
                               " is given neither by the configuration nor by the recording");
  };
  if (!facts.numerology)
    return missing("numerology");
  if (!facts.n_prb)
    return missing("n_prb");
  if (!facts.rx_ports)
    return missing("rx_ports");
  CellSettings cell = base;
  cell.numerology = *facts.numerology;
  cell.cyclic_prefix = facts.cyclic_prefix.value_or(CyclicPrefix::normal);
  cell.n_prb = *facts.n_prb;
  cell.first_prb = facts.first_prb.value_or(0);
  cell.rx_ports = *facts.rx_ports;
  cell.fft_size.reset();
  const auto out_of_range = [](const char* key, std::int32_t v, std::int32_t lo, std::int32_t hi) {
    return configuration_error(std::string("cell.") + key + " is " + text(v) + "; it must be " +
                               text(lo) + " to " + text(hi));
  };
  if (cell.numerology < 0 || cell.numerology > max_numerology)
    return out_of_range("numerology", cell.numerology, 0, max_numerology);
  if (cell.n_prb < 1 || cell.n_prb > max_prb)
    return out_of_range("n_prb", cell.n_prb, 1, max_prb);
  if (cell.rx_ports < 1 || cell.rx_ports > max_rx_ports)
    return out_of_range("rx_ports", cell.rx_ports, 1, max_rx_ports);
  if (cell.cyclic_prefix == CyclicPrefix::extended && cell.numerology != 2)
    return configuration_error("the extended cyclic prefix exists with numerology 2 only, not " +
                               text(cell.numerology) + " (TS 38.211 4.2)");
  if (domain == SignalDomain::frequency)
    return cell;
  const auto n = fft_size_of(facts, cell.numerology);
  if (!n)
    return tl::unexpected(n.error());
  const std::int32_t step = cell.cyclic_prefix == CyclicPrefix::normal ? 128 : 4;
  if (*n < cell.n_subcarriers() || *n % step != 0 || *n > 65536)
    return configuration_error("an FFT of " + text(*n) + " points does not fit " +
                               text(cell.n_prb) + " PRB: it must be a multiple of " + text(step) +
                               ", at least " + text(cell.n_subcarriers()) + " and at most 65536");
  cell.fft_size = *n;
  return cell;
}

} // namespace airan
