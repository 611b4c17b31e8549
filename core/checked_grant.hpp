// SPDX-License-Identifier: Apache-2.0
// A grant after phy's check_grants: complete, consistent, in the grid's coordinates.
#pragma once

#include "core/cell_settings.hpp"
#include "core/codeword.hpp"
#include "core/inline_vector.hpp"
#include "core/modulation.hpp"
#include "core/numerology.hpp"

#include <array>
#include <cstdint>

namespace airan {

struct PrbRange {
  std::int32_t first = 0; ///< PRB of the grid: 0 holds subcarrier 0
  std::int32_t count = 0;

  AIRAN_HD constexpr std::int32_t end() const { return first + count; }
  AIRAN_HD constexpr std::int32_t first_subcarrier() const { return first * subcarriers_per_prb; }
  AIRAN_HD constexpr std::int32_t n_subcarriers() const { return count * subcarriers_per_prb; }
  friend constexpr bool operator==(const PrbRange&, const PrbRange&) = default;
};

enum class Waveform : std::uint8_t { cp_ofdm, dft_s_ofdm };
enum class DmrsType : std::uint8_t { type1 = 1, type2 = 2 };

/// A stretch of symbols on fixed PRBs: the whole allocation, or one of two frequency hops.
struct Hop {
  PrbRange prbs;
  std::int32_t first_symbol = 0; ///< of the slot
  std::int32_t n_symbols = 0;
};

/// One DM-RS symbol of a grant and the seed of its sequence.
struct DmrsSymbol {
  std::int32_t symbol = 0;        ///< of the slot
  std::int32_t node = 0;          ///< index into Dmrs::nodes
  std::int32_t l_prime = 0;       ///< 0, or 1 for the second symbol of a double-symbol DM-RS
  std::uint32_t c_init = 0;       ///< CP-OFDM: Gold seed, TS 38.211 6.4.1.1.1.1
  std::int32_t papr_group = 0;    ///< DFT-s-OFDM: u of TS 38.211 5.2.2
  std::int32_t papr_sequence = 0; ///< DFT-s-OFDM: v
};

/// One or two neighbouring DM-RS symbols: a point in time at which the channel is observed.
struct DmrsNode {
  std::int32_t first_symbol = 0;
  std::int32_t n_symbols = 1;
  std::int32_t hop = 0;
};

/// Antenna port parameters of TS 38.211 tables 6.4.1.1.3-1 and -2.
struct DmrsLayer {
  std::int32_t port = 0; ///< p - 1000
  std::int32_t cdm_group = 0;
  std::int32_t delta = 0;           ///< first subcarrier of the CDM group in a PRB
  std::array<std::int8_t, 2> w_f{}; ///< over k'
  std::array<std::int8_t, 2> w_t{}; ///< over l'
};

struct Dmrs {
  DmrsType type = DmrsType::type1;
  std::int32_t n_cdm_groups_without_data = 2;
  /// Amplitude of a DM-RS RE relative to a data RE: 1, sqrt(2), sqrt(3) for 1, 2, 3 groups without
  /// data (TS 38.214 table 6.2.2-1: 0, 3, 4.77 dB).
  float amplitude = 1.0F;
  InlineVector<DmrsSymbol, 8> symbols;
  InlineVector<DmrsNode, 4> nodes;
  InlineVector<DmrsLayer, max_layers_per_user> layers; ///< ascending ports

  /// Pilot REs per PRB and CDM group: 6 (type 1) or 4 (type 2).
  AIRAN_HD constexpr std::int32_t pilots_per_prb() const { return type == DmrsType::type1 ? 6 : 4; }
  /// Subcarrier in its PRB of pilot n (0 .. pilots_per_prb-1) of a CDM group with offset delta,
  /// k of TS 38.211 6.4.1.1.3: type 1 4n+2k'+delta, type 2 6n+k'+delta.
  AIRAN_HD constexpr std::int32_t pilot_subcarrier(std::int32_t n, std::int32_t delta) const {
    return type == DmrsType::type1 ? 2 * n + delta : 6 * (n / 2) + n % 2 + delta;
  }
};

/// Valid by construction: what follows may rely on every field.
struct CheckedGrant {
  std::int32_t rnti = 0;
  std::int32_t harq_id = 0;
  bool is_new_data = true;
  Waveform waveform = Waveform::cp_ofdm;
  Modulation modulation = Modulation::qpsk;
  std::int32_t n_layers = 1;
  std::int32_t first_symbol = 0; ///< of the slot
  std::int32_t n_symbols = 0;
  InlineVector<Hop, 2> hops; ///< in time order; both hops have the same number of PRBs
  Dmrs dmrs;
  /// Per symbol of the slot: bit k set where subcarrier k of each PRB of the allocation carries
  /// data.
  std::array<std::uint16_t, max_symbols_per_slot> data_mask{};
  std::int32_t n_data_res = 0;         ///< data REs of one layer
  std::uint32_t scrambling_c_init = 0; ///< TS 38.211 6.3.1.1
  CodewordPlan codeword;
  /// First common resource block of the cell's grid, for sequences that count from CRB 0.
  std::int32_t grid_first_prb = 0;
  /// Its place in SlotGrants::pusch.
  std::int32_t index = 0;

  AIRAN_HD constexpr std::int32_t n_prb() const { return hops[0].prbs.count; }
  AIRAN_HD constexpr const Hop& hop_of_symbol(std::int32_t symbol) const {
    return hops.size() == 2 && symbol >= hops[1].first_symbol ? hops[1] : hops[0];
  }
  AIRAN_HD constexpr std::int32_t tb_bytes() const { return codeword.tb_bits / 8; }
};

} // namespace airan
