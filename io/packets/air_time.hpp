// SPDX-License-Identifier: Apache-2.0
// When the symbols of a slot are on the air, and whether their packets arrive in time.
#pragma once

#include "core/cell_settings.hpp"
#include "core/packet_settings.hpp"
#include "io/packets/arrival_drift.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace airan::io {

enum class Punctuality : std::uint8_t { early, on_time, late };

/// Relates slots (SlotId::count) to time, ns since the UNIX epoch. Symbols lie where TS 38.211
/// 5.3.1 puts them, cyclic prefixes and all.
class AirTime {
public:
  AirTime(const CellSettings& cell, const Ta4Window& window);

  bool has_reference() const { return has_reference_; }
  /// Takes the time from a packet of `symbol` of slot `count`. first_packet: it arrived exactly
  /// min_us after the start of its symbol. gps: SFN 0 (modulo 256, which is what packets carry)
  /// begins every 2.56 s from the GPS epoch on; of those times the one next to the arrival.
  void set_reference(std::int64_t count, std::int32_t symbol, std::int64_t now_ns);
  void forget_reference() {
    has_reference_ = false;
    drift_ = {};
  }

  /// Start of `symbol` (n_symbols: the end of the slot) of slot `count`. Needs a reference.
  std::int64_t start_ns(std::int64_t count, std::int32_t symbol) const;
  /// Whether `now_ns` lies in the window [min_us, max_us] after the start of the symbol.
  Punctuality judge(std::int64_t count, std::int32_t symbol, std::int64_t now_ns) const;
  /// Notes the first packet of a slot: with first_packet as reference, deadlines follow a sender
  /// whose clock drifts. Needs a reference.
  void follow(std::int64_t count, std::int32_t symbol, std::int64_t now_ns) {
    drift_.note(now_ns - start_ns(count, symbol) - min_ns_, now_ns);
  }
  /// Packets of the slot up to `last_symbol` are not waited for any more then: max_us after the end
  /// of that symbol.
  std::int64_t deadline_ns(std::int64_t count, std::int32_t last_symbol) const;

private:
  /// Time from the start of slot 0 of the run.
  std::int64_t since_origin_ns(std::int64_t count, std::int32_t symbol) const;

  Ta4Window window_;
  std::int64_t min_ns_;
  std::int64_t max_ns_;
  std::int32_t numerology_;
  std::int32_t row_;                    ///< n_symbols + 1
  std::vector<std::int64_t> offset_ns_; ///< [slot of the subframe, symbol], and the slot's end
  bool has_reference_ = false;
  std::int64_t origin_ns_ = 0; ///< start of slot 0 of the run on the air
  ArrivalDrift drift_;
};

} // namespace airan::io
