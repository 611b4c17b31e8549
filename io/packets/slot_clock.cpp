// SPDX-License-Identifier: Apache-2.0
#include "io/packets/slot_clock.hpp"

#include "core/numerology.hpp"

#include <algorithm>

namespace airan::io {
namespace {

constexpr std::int64_t n_frames = 256; ///< that eight bits tell apart
/// Time tells which slot it is up to here; later it is as good as unknown.
constexpr std::int64_t longest_pause_ns = 24LL * 3600 * 1'000'000'000;
/// How much slots may differ from what time says, beyond window_slots.
constexpr std::int64_t tolerance_slots = 2;
/// A slot older by at most this many windows is late, not the sign of a restart.
constexpr std::int64_t late_windows = 16;

std::int64_t floor_mod(std::int64_t value, std::int64_t n) {
  return ((value % n) + n) % n;
}

} // namespace

SlotClock::SlotClock(const SlotClockSettings& settings, const FirstSlots* first_slots)
    : settings_(settings), first_slots_(first_slots),
      slots_per_frame_(n_slots_per_frame(settings.numerology)), cycle_(n_frames * slots_per_frame_),
      slot_ns_(slot_ns(settings.numerology)),
      late_slots_(std::min(late_windows * settings.window_slots, cycle_ / 4)) {}

std::int64_t SlotClock::nearest(std::int64_t count, std::int64_t place) const {
  const std::int64_t ahead = floor_mod(place - count, cycle_);
  return count + (ahead < cycle_ / 2 ? ahead : ahead - cycle_);
}

std::optional<std::int64_t> SlotClock::locate(std::int32_t frame,
                                              std::int32_t slot,
                                              std::int64_t now_ns,
                                              const AnnouncedSlots& announced) {
  if (is_anchored_)
    return place_next(place_in_cycle(frame, slot), now_ns, announced);
  const auto count = first_slot(frame, slot, announced);
  if (count) {
    is_anchored_ = true;
    oldest_open_ = *count;
    advance(*count, now_ns);
  }
  return count;
}

std::optional<std::int64_t>
SlotClock::first_slot(std::int32_t frame, std::int32_t slot, const AnnouncedSlots& announced) {
  const std::int64_t place = place_in_cycle(frame, slot);
  if (settings_.first_sfn) {
    const std::int64_t frames = floor_mod(frame - *settings_.first_sfn, n_frames);
    return settings_.first_sfn_count +
           (frames < n_frames / 2 ? frames : frames - n_frames) * slots_per_frame_ + slot;
  }
  if (first_slots_ != nullptr)
    return first_slots_->find(frame, slot);
  // The packets of one slot ask one after the other: look only at what is new.
  const std::int64_t begin = missed_place_ == place ? missed_end_ : 0;
  for (std::int64_t i = std::max(begin, announced.closed()); i < announced.end(); ++i)
    if (floor_mod(announced[i].slot.count, cycle_) == place)
      return announced[i].slot.count;
  missed_place_ = place;
  missed_end_ = announced.end();
  return std::nullopt;
}

std::optional<std::int64_t>
SlotClock::place_next(std::int64_t place, std::int64_t now_ns, const AnnouncedSlots& announced) {
  const std::int64_t close_by = place == newest_place_ ? newest_ : nearest(newest_, place);
  const bool is_long_pause = now_ns - newest_ns_ > cycle_ / 2 * slot_ns_;
  const bool is_far_ahead = close_by > newest_ + settings_.window_slots;
  if (is_long_pause || is_far_ahead)
    if (const auto count = by_time(place, now_ns)) {
      advance(*count, now_ns);
      return count;
    }
  const bool is_near =
      !is_far_ahead && close_by >= std::min(newest_ - late_slots_, announced.oldest_remembered());
  // A place that is nowhere announced nearby may be that of a slot cycles later, after a pause.
  if (!is_near || (close_by != newest_ && !announced.find(close_by)))
    if (const auto count = by_schedule(place, announced)) {
      hold(*count, now_ns);
      return count;
    }
  if (is_near) {
    held_.reset();
    n_suspects_ = 0;
    if (close_by > newest_)
      advance(close_by, now_ns);
    return close_by;
  }
  const auto count = by_suspects(place, now_ns);
  if (count) {
    advance(*count, now_ns);
    ++n_restarts_;
  }
  return count;
}

std::optional<std::int64_t> SlotClock::by_time(std::int64_t place, std::int64_t now_ns) const {
  const std::int64_t elapsed_ns = now_ns - newest_ns_;
  if (elapsed_ns <= 0 || elapsed_ns > longest_pause_ns)
    return std::nullopt;
  const std::int64_t expected = newest_ + elapsed_ns / slot_ns_;
  const std::int64_t count = nearest(expected, place);
  const std::int64_t limit = settings_.window_slots + tolerance_slots;
  const bool agrees = count >= expected - limit && count <= expected + limit;
  // Half of the way at least, so that a packet that follows at once is never far ahead.
  return count > newest_ && agrees && (count - newest_) * slot_ns_ <= 2 * elapsed_ns
             ? std::optional(count)
             : std::nullopt;
}

std::optional<std::int64_t> SlotClock::by_schedule(std::int64_t place,
                                                   const AnnouncedSlots& announced) const {
  const std::int64_t first = announced.first_after(newest_);
  const std::int64_t end = std::min(announced.end(), first + settings_.window_slots);
  for (std::int64_t i = first; i < end; ++i)
    if (floor_mod(announced[i].slot.count, cycle_) == place)
      return announced[i].slot.count;
  return std::nullopt;
}

bool SlotClock::agree(std::int64_t place, std::int64_t other) const {
  const std::int64_t ahead = floor_mod(place - other, cycle_);
  return std::min(ahead, cycle_ - ahead) <= settings_.window_slots;
}

std::optional<std::int64_t> SlotClock::by_suspects(std::int64_t place, std::int64_t now_ns) {
  for (std::int32_t i = 0; i < n_suspects_; ++i)
    if (!agree(place, suspects_[static_cast<std::size_t>(i)]))
      n_suspects_ = 0;
  if (n_suspects_ < static_cast<std::int32_t>(suspects_.size())) {
    suspects_[static_cast<std::size_t>(n_suspects_++)] = place;
    return std::nullopt;
  }
  const std::int64_t elapsed_ns = now_ns - newest_ns_;
  if (elapsed_ns > cycle_ / 2 * slot_ns_ && elapsed_ns <= longest_pause_ns) {
    const std::int64_t count = nearest(newest_ + elapsed_ns / slot_ns_, place);
    if (count > newest_)
      return count;
  }
  return newest_ + 1 + floor_mod(place - newest_ - 1, cycle_);
}

void SlotClock::hold(std::int64_t count, std::int64_t now_ns) {
  if (held_ && count >= *held_) {
    const std::int64_t agreed = *held_;
    advance(agreed, now_ns);
    if (count <= agreed + settings_.window_slots) {
      if (count > agreed)
        advance(count, now_ns);
      return;
    }
  }
  held_ = count;
  n_suspects_ = 0;
}

void SlotClock::advance(std::int64_t count, std::int64_t now_ns) {
  newest_ = count;
  newest_place_ = floor_mod(count, cycle_);
  newest_ns_ = now_ns;
  oldest_open_ = std::max(oldest_open_, count - settings_.window_slots + 1);
  held_.reset();
  n_suspects_ = 0;
}

} // namespace airan::io
