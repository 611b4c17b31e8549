// SPDX-License-Identifier: Apache-2.0
// Slots of a time-domain recording.
#include "io/files/sample_source.hpp"

#include "core/assert.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace airan::io {
namespace {

/// Gaps kept apart within one slot; more are merged.
constexpr std::size_t max_missing_ranges = 64;

class SampleSource final : public SlotSource {
public:
  SampleSource(SampleRecording recording, const CellSettings& cell, const SourcePlan& plan)
      : recording_(std::move(recording)), timing_{cell.numerology, cell.cyclic_prefix,
                                                  cell.fft_size.value_or(0)},
        plan_(plan), margin_(timing_.max_cp_samples()) {
    const std::int64_t n_bytes = (timing_.max_slot_samples() + 2 * margin_) * recording_.stride();
    buffers_.resize(static_cast<std::size_t>(plan.n_in_flight));
    for (Buffer& b : buffers_) {
      b.bytes.resize(static_cast<std::size_t>(n_bytes));
      b.missing.reserve(max_missing_ranges);
    }
    end_count_ = find_end_count();
  }

  Result<const SlotIq*> read(const SlotId& id) override {
    const auto free =
        std::find_if(buffers_.begin(), buffers_.end(), [](const Buffer& b) { return !b.in_use; });
    AIRAN_ASSERT(free != buffers_.end(), "more slots are out than were planned");
    Buffer& b = *free;
    b.in_use = true;
    b.missing.clear();
    const std::int64_t start = slot_start(id.count);
    const std::int64_t n_samples = slot_start(id.count + 1) - start;
    const SampleRange range{start - margin_, n_samples + 2 * margin_};
    const std::span bytes(b.bytes.data(),
                          static_cast<std::size_t>(range.count * recording_.stride()));
    const std::int64_t unreadable = recording_.read(range, start, bytes, b.missing);
    if (unreadable > 0)
      note_trouble(unreadable, id);
    const std::int64_t component = component_bytes(recording_.format().number);
    b.slot.id = id;
    b.slot.iq = TimeDomainIq{bytes,   recording_.format(), recording_.n_ports(), n_samples,
                             margin_, recording_.stride(), 2 * component,        b.missing};
    b.slot.closed_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(
                           std::chrono::steady_clock::now().time_since_epoch())
                           .count();
    return &b.slot;
  }

  void release(const SlotIq* slot) override {
    for (Buffer& b : buffers_)
      if (&b.slot == slot)
        b.in_use = false;
  }

  std::int64_t end_count() const override { return end_count_; }
  const ReadTrouble& trouble() const override { return trouble_; }

private:
  struct Buffer {
    SlotIq slot;
    std::vector<std::byte> bytes;
    std::vector<SampleRange> missing;
    bool in_use = false;
  };

  /// In samples of the recording.
  std::int64_t slot_start(std::int64_t count) const {
    return plan_.first_sample + timing_.slot_start(count) - timing_.slot_start(plan_.first_count);
  }
  std::int64_t find_end_count() const {
    // The slot after the one that holds the last sample: start from the average slot length.
    const std::int64_t last = recording_.end() - 1;
    const std::int64_t n = n_slots_per_subframe(timing_.numerology);
    std::int64_t count =
        plan_.first_count + (last - plan_.first_sample) / timing_.subframe_samples() * n - n;
    while (slot_start(count) <= last)
      ++count;
    return count;
  }
  void note_trouble(std::int64_t unreadable, const SlotId& id) {
    if (trouble_.n_unreadable == 0)
      trouble_.sentence =
          fmt::format("{} ended early while it was read (first at SFN {} slot {}): it was cut "
                      "short or cannot be read any more",
                      recording_.path(), id.sfn, id.slot);
    trouble_.n_unreadable += unreadable;
  }

  SampleRecording recording_;
  OfdmTiming timing_;
  SourcePlan plan_;
  std::int64_t margin_;
  std::vector<Buffer> buffers_;
  std::int64_t end_count_ = 0;
  ReadTrouble trouble_;
};

} // namespace

std::unique_ptr<SlotSource>
make_sample_source(SampleRecording recording, const CellSettings& cell, const SourcePlan& plan) {
  AIRAN_ASSERT(cell.fft_size.has_value(), "a time-domain source needs the FFT size");
  AIRAN_ASSERT(plan.n_in_flight >= 1, "at least one slot must be allowed in flight");
  return std::make_unique<SampleSource>(std::move(recording), cell, plan);
}

} // namespace airan::io
