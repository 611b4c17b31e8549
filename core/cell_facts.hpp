// SPDX-License-Identifier: Apache-2.0
// What is known of a cell, fact by fact: from a configuration, or from a recording.
#pragma once

#include "core/cell_settings.hpp"
#include "core/result.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace airan {

/// Each fact may be unknown. A configuration fills it with what its section `cell` gives, a
/// recording with what it states of itself.
struct CellFacts {
  std::optional<std::int32_t> numerology;
  std::optional<CyclicPrefix> cyclic_prefix;
  std::optional<std::int32_t> n_prb;
  std::optional<std::int32_t> first_prb;
  std::optional<std::int32_t> rx_ports;
  std::optional<double> sample_rate_hz;  ///< time domain only
  std::optional<std::int32_t> fft_size;  ///< time domain only
  std::optional<std::int32_t> first_sfn; ///< of the recording's first slot
  std::optional<std::int32_t> first_slot;
};

enum class SignalDomain : std::uint8_t { time, frequency };

/// One set of facts out of two: what is given (by the configuration) and what is recorded (by the
/// file `recording`) fill each other in; where both know a fact they must agree, otherwise the
/// error names both values.
Result<CellFacts>
merge_facts(const CellFacts& given, const CellFacts& recorded, std::string_view recording);

/// The settings of a cell from its facts. `base` supplies what is no fact of a recording (id, phase
/// compensation). Left out: the normal cyclic prefix, first_prb 0; numerology, n_prb and rx_ports
/// are required, in the time domain also the sample rate or the FFT size (TS 38.211 5.3.1:
/// sample_rate_hz = fft_size * subcarrier spacing, cyclic prefixes of whole samples, and the FFT
/// must hold the carrier).
Result<CellSettings>
complete_cell(const CellSettings& base, const CellFacts& facts, SignalDomain domain);

} // namespace airan
