// SPDX-License-Identifier: Apache-2.0
// Completes a cell from its recording and checks that the two agree.
#include "config/resolve_cell.hpp"

#include "core/numerology.hpp"

#include <string>

namespace airan::config {
namespace {

std::optional<std::int32_t> numerology_of(const CellFacts& facts) {
  if (facts.numerology || !facts.sample_rate_hz || !facts.fft_size)
    return facts.numerology;
  for (std::int32_t mu = 0; mu <= max_numerology; ++mu)
    if (*facts.fft_size * subcarrier_spacing_hz(mu) == *facts.sample_rate_hz)
      return mu;
  return std::nullopt;
}

} // namespace

CellFacts given_facts(const Cell& cell) {
  CellFacts facts;
  facts.numerology = cell.numerology;
  facts.cyclic_prefix = cell.cyclic_prefix;
  facts.n_prb = cell.n_prb;
  facts.first_prb = cell.first_prb;
  facts.rx_ports = cell.rx_ports;
  facts.sample_rate_hz = cell.sample_rate_hz;
  facts.fft_size = cell.fft_size;
  if (cell.source) {
    facts.first_sfn = cell.source->first_sfn;
    facts.first_slot = cell.source->first_slot;
  }
  facts.numerology = numerology_of(facts);
  return facts;
}

Result<CellSettings> resolve_cell(const Cell& cell,
                                  const CellFacts& recorded,
                                  std::string_view recording,
                                  SignalDomain domain) {
  auto facts = merge_facts(given_facts(cell), recorded, recording);
  if (!facts)
    return tl::unexpected(facts.error());
  facts->numerology = numerology_of(*facts);
  CellSettings base;
  base.id = cell.id;
  base.phase_compensation_hz = cell.phase_compensation_hz;
  auto settings = complete_cell(base, *facts, domain);
  if (!settings && !recording.empty())
    settings.error().message = std::string(recording) + ": " + settings.error().message;
  return settings;
}

} // namespace airan::config
