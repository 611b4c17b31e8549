// SPDX-License-Identifier: Apache-2.0
// A slot assembler that is watched: after every step its promises are checked.
#pragma once

#include "io/packets/slot_assembler.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace airan::test {

/// Messages as a radio unit sends them, without bytes: nobody reads the IQ.
struct MessageMaker {
  std::int32_t numerology = 1;
  IqFormat format{IqNumber::bfp, ByteOrder::big, 9};

  io::oran::Message operator()(std::int64_t count,
                               std::int32_t symbol,
                               std::int32_t port = 0,
                               std::int32_t first_prb = 0,
                               std::int32_t n_prb = 10) const {
    io::oran::Message m;
    const std::int64_t per_frame = n_slots_per_frame(numerology);
    m.eaxc = static_cast<std::uint16_t>(port);
    m.port = port;
    m.frame = static_cast<std::uint8_t>((count / per_frame) & 0xFF);
    m.slot = static_cast<std::uint8_t>(count % per_frame);
    m.symbol = static_cast<std::uint8_t>(symbol);
    return with(m, first_prb, n_prb);
  }
  /// The message with one more section.
  io::oran::Message with(io::oran::Message m, std::int32_t first_prb, std::int32_t n_prb) const {
    m.section_storage[m.n_sections++] = {0, static_cast<std::uint16_t>(first_prb),
                                         static_cast<std::uint16_t>(n_prb), format, nullptr};
    return m;
  }
};

/// What was wrong, as an exception: fuzzers and tests both see it.
inline void require(bool holds, const char* what) {
  if (!holds)
    throw std::logic_error(what);
}

/// A slot as it was closed.
struct Closed {
  std::int64_t count = 0;
  bool has_iq = false;
  std::int64_t n_prb = 0; ///< [port, symbol, prb] that its runs refer to
  std::vector<PrbRun> runs;
};

/// Passes everything on to a SlotAssembler, gives every packet a handle and its sections addresses
/// of their own, and checks:
///  * slots are closed once each, in the order of their announcement;
///  * a slot's runs lie in the carrier, in symbols that are granted, overlap nowhere, and refer to
///    the right bytes of packets that are kept for this slot;
///  * every packet that is kept comes back once with its slot, and no other does;
///  * received = accepted + dropped; missing PRBs are those that no run of a closed slot has.
class CheckedAssembler {
public:
  CheckedAssembler(const io::AssemblerSettings& settings, const io::FirstSlots* first_slots)
      : settings_(settings), assembler_(settings, first_slots, counters_) {}

  const io::PacketCounters& counters() const { return counters_; }
  io::SlotAssembler& assembler() { return assembler_; }
  std::int64_t n_lent() const { return static_cast<std::int64_t>(lent_.size()); }
  std::int64_t n_kept() const { return static_cast<std::int64_t>(kept_.size()); }

  bool expect(const io::ExpectedSlot& slot) {
    if (!assembler_.can_expect())
      return false;
    assembler_.expect(slot);
    announced_.push_back(slot);
    return true;
  }

  io::Verdict accept(io::oran::Message message, std::int64_t now_ns) {
    const std::uintptr_t number = ++n_packets_;
    for (std::size_t i = 0; i < message.n_sections; ++i)
      message.section_storage[i].iq = address_of(number, i);
    auto* handle = reinterpret_cast<io::PacketHandle>(number); // NOLINT
    const io::Verdict verdict = assembler_.accept(message, handle, now_ns);
    require(!(verdict.dropped && verdict.is_kept), "a packet is dropped and kept");
    counters_.count(verdict.dropped);
    require(counters_.received == counters_.accepted + counters_.n_dropped(), "counters differ");
    if (verdict.is_kept)
      kept_.emplace(number, message);
    return verdict;
  }

  /// Takes what is closed. The slots stay lent until recycle().
  std::vector<Closed> drain() {
    std::vector<Closed> all;
    while (assembler_.has_closed()) {
      const auto closed = assembler_.take_closed(1);
      require(closed.has_value(), "a closed slot is promised and not there");
      require(n_closed_ < announced_.size(), "more slots are closed than announced");
      const io::ExpectedSlot& slot = announced_[n_closed_++];
      require(closed->count == slot.count, "slots are not closed in order");
      require(!closed->is_dropped, "the assembler drops no slot");
      all.push_back(closed->iq != nullptr ? check(*closed->iq, slot)
                                          : Closed{closed->count, false, 0, {}});
      if (closed->iq != nullptr)
        require(lent_.insert(closed->iq).second, "a slot is handed on twice");
      n_missing_ += n_expected(slot) - all.back().n_prb;
    }
    require(!assembler_.take_closed(), "there is a closed slot that was not promised");
    require(n_missing_ == counters_.missing_prbs || n_closed_ < announced_.size(),
            "missing PRBs are counted wrongly");
    return all;
  }

  /// Gives back one of the slots that are lent and returns its count; empty when none is.
  std::optional<std::int64_t> recycle_one() {
    if (lent_.empty())
      return std::nullopt;
    const SlotIq* slot = *lent_.begin();
    const std::int64_t count = slot->id.count;
    lent_.erase(lent_.begin());
    for (io::PacketHandle handle : assembler_.recycle(slot)) {
      const auto found = kept_.find(reinterpret_cast<std::uintptr_t>(handle));
      require(found != kept_.end(), "a packet comes back that was not kept");
      require(slot_of_[found->first] == slot, "a packet comes back with another slot");
      slot_of_.erase(found->first);
      kept_.erase(found);
    }
    return count;
  }
  void recycle() {
    while (recycle_one()) {
    }
  }

  /// The end of the input: everything is closed and comes back. Returns the last slots.
  std::vector<Closed> finish() {
    assembler_.close_all();
    std::vector<Closed> last = drain();
    recycle();
    require(n_closed_ == announced_.size(), "not every announced slot is closed");
    require(n_missing_ == counters_.missing_prbs, "missing PRBs are counted wrongly");
    require(kept_.empty(), "packets are kept for ever");
    return last;
  }

private:
  static const std::byte* address_of(std::uintptr_t number, std::size_t section) {
    return reinterpret_cast<const std::byte*>((number << 24) + (section << 16)); // NOLINT
  }
  std::int64_t n_expected(const io::ExpectedSlot& slot) const {
    std::int64_t n = 0;
    for (std::int32_t l = 0; l < settings_.cell.n_symbols(); ++l)
      n += ((slot.symbols >> l) & 1) * settings_.cell.rx_ports * settings_.cell.n_prb;
    return n;
  }

  Closed check(const SlotIq& iq, const io::ExpectedSlot& slot) {
    const CellSettings& cell = settings_.cell;
    require(iq.id == slot_id_at(cell.id, slot.count, cell.numerology), "the slot's id is wrong");
    require(iq.closed_ns == 1, "the time of closing is not noted");
    Closed closed{slot.count, true, 0, {}};
    std::vector<char> seen(static_cast<std::size_t>(cell.rx_ports * cell.n_symbols() * cell.n_prb),
                           0);
    for (const PrbRun& run : std::get<FrequencyDomainIq>(iq.iq).runs) {
      require(run.n_prb > 0 && run.first_prb + run.n_prb <= cell.n_prb && run.port < cell.rx_ports,
              "a run lies outside the carrier");
      require(run.symbol < cell.n_symbols() && ((slot.symbols >> run.symbol) & 1) == 1,
              "a run lies in a symbol that is not granted");
      for (std::int32_t i = 0; i < run.n_prb; ++i) {
        const std::int32_t at =
            (run.port * cell.n_symbols() + run.symbol) * cell.n_prb + run.first_prb + i;
        require(std::exchange(seen[static_cast<std::size_t>(at)], 1) == 0,
                "a PRB is referred to twice");
      }
      check_bytes(run, slot, &iq);
      closed.n_prb += run.n_prb;
      closed.runs.push_back(run);
    }
    require(closed.n_prb > 0, "a slot without a PRB has IQ");
    return closed;
  }

  void check_bytes(const PrbRun& run, const io::ExpectedSlot& slot, const SlotIq* iq) {
    const auto address = reinterpret_cast<std::uintptr_t>(run.bytes);
    const auto found = kept_.find(address >> 24);
    require(found != kept_.end(), "a run refers to a packet that is not kept");
    const io::oran::Message& m = found->second;
    const std::size_t place = (address >> 16) & 0xFF;
    require(place < m.n_sections, "a run refers to no section");
    const io::oran::Section& section = m.section_storage[place];
    require(m.port == run.port && m.symbol == run.symbol, "a run refers to another symbol");
    require(m.slot == slot.count % n_slots_per_frame(settings_.cell.numerology),
            "a run refers to another slot");
    require(run.format == section.format, "a run has another format than its section");
    require(run.first_prb >= section.first_prb &&
                run.first_prb + run.n_prb <= section.first_prb + section.n_prb,
            "a run goes beyond its section");
    require((address & 0xFFFF) ==
                static_cast<std::uintptr_t>(prb_bytes(run.format)) *
                    static_cast<std::uintptr_t>(run.first_prb - section.first_prb),
            "a run refers to the wrong bytes");
    slot_of_[found->first] = iq;
  }

  io::AssemblerSettings settings_;
  io::PacketCounters counters_;
  io::SlotAssembler assembler_;
  std::vector<io::ExpectedSlot> announced_;
  std::size_t n_closed_ = 0;
  std::int64_t n_missing_ = 0;
  std::uintptr_t n_packets_ = 0;
  std::map<std::uintptr_t, io::oran::Message> kept_; ///< by handle
  std::map<std::uintptr_t, const SlotIq*> slot_of_;  ///< of handles
  std::set<const SlotIq*> lent_;
};

} // namespace airan::test
