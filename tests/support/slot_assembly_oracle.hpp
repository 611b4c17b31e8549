// SPDX-License-Identifier: Apache-2.0
// Slot assembly once more, slow and obvious: sets of PRBs, lists of slots, the true slot numbers.
#pragma once

#include "io/packets/slot_assembler.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

namespace airan::test {

/// What SlotAssembler promises, for packets whose slot number is known and plausible. Knows nothing
/// of frames, of time, or of bits.
class SlotAssemblyOracle {
public:
  explicit SlotAssemblyOracle(const io::AssemblerSettings& settings) : settings_(settings) {}

  void expect(const io::ExpectedSlot& slot);
  io::Verdict accept(std::int64_t count, const io::oran::Message& message);
  bool close_oldest();
  void close_all();
  void recycle(std::int64_t count);

  struct ClosedSlot {
    std::int64_t count = 0;
    std::int64_t n_prb = 0; ///< kept; 0: no IQ
  };
  /// What was closed since the last call.
  std::vector<ClosedSlot> take_closed();
  std::int64_t missing_prbs() const { return missing_prbs_; }

private:
  using Prb = std::tuple<std::int32_t, std::int32_t, std::int32_t>; ///< port, symbol, prb
  struct Slot {
    io::ExpectedSlot announced;
    std::set<Prb> prbs;
    std::int64_t n_runs = 0;
    std::int64_t n_packets = 0;
    bool has_buffer = false;
    bool is_closed = false;
  };
  std::int64_t n_expected(const Slot& slot) const;
  void close_oldest_open();
  void close_ready();

  io::AssemblerSettings settings_;
  std::vector<Slot> slots_;
  std::size_t n_closed_ = 0;
  std::size_t n_taken_ = 0;
  std::int64_t n_lent_ = 0;
  std::optional<std::int64_t> newest_;
  std::int64_t first_ = 0; ///< of the first packet
  std::int64_t missing_prbs_ = 0;
};

} // namespace airan::test
