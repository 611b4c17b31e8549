// SPDX-License-Identifier: Apache-2.0
// The grants thread.
#include "apps/grants_feed.hpp"

#include "apps/grants_survey.hpp"
#include "io/packets/grants_stream.hpp"
#include "phy/check_grants.hpp"
#include "phy/group_grants.hpp"

#include <boost/lockfree/spsc_queue.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <semaphore>
#include <thread>
#include <utility>

namespace airan::apps {
namespace {

/// Slots read ahead of the slot thread.
constexpr std::size_t max_kept = 4096;
constexpr auto full_wait = std::chrono::microseconds(200);

io::ExpectedSlot expected(const NextSlot& slot) {
  io::ExpectedSlot out;
  out.count = slot.line.id.count;
  for (const CheckedGrant& g : slot.grants)
    for (std::int32_t l = g.first_symbol; l < g.first_symbol + g.n_symbols; ++l)
      out.symbols = static_cast<std::uint16_t>(out.symbols | (1U << l));
  return out;
}

} // namespace

struct GrantsFeed::State {
  SourceSettings source;
  CellSettings cell;
  GrantsSurvey survey;
  std::shared_ptr<io::FirstSlots> first_slots;
  std::optional<io::GrantsReader> file; ///< where the grants come from: this ...
  std::optional<io::GrantsStream> live; ///< ... or this

  io::SlotExchange* slots = nullptr;
  std::thread thread;
  std::atomic<bool> is_stopped{false};
  std::atomic<bool> has_ended{false};
  boost::lockfree::spsc_queue<NextSlot*> kept{max_kept};
  std::counting_semaphore<> n_kept{0}; ///< entries of `kept`, and one for the end

  GrantGroups groups;
  std::mutex mutex; ///< of the two below
  std::int64_t n_refused = 0;
  std::string first_refused;

  ~State() {
    kept.consume_all([](NextSlot* slot) { delete slot; });
  }

  void refuse(const std::string& sentence) {
    const std::lock_guard lock(mutex);
    if (n_refused++ == 0) {
      first_refused = sentence;
      spdlog::warn("event=grants_refused first=true reason=\"{}\"", sentence);
    }
  }

  /// The line with its grants as phy wants them; an error where it cannot be used.
  Result<std::unique_ptr<NextSlot>> checked(io::GrantsLine line) {
    const auto error = [&](const std::string& what) {
      return file_error(fmt::format("{}:{}: {}", source.grants, line.grants.line, what));
    };
    const auto n_grants = static_cast<std::int32_t>(line.grants.pusch.size());
    if (live && n_grants > survey.max_grants)
      return error(fmt::format("{} grants in a slot, and the receiver is planned for {}; raise "
                               "receiver.max_grants",
                               n_grants, survey.max_grants));
    SlotGrants unnamed = line.grants;
    unnamed.line = 0; // it is named here
    auto grants = check_grants(unnamed, cell);
    if (!grants)
      return error(grants.error().message);
    const GrantsSurvey needs = survey_slot(line.id, *grants, groups);
    if (live && !fits(needs, survey))
      return error(fmt::format("users with {} layers share resource elements, and the receiver is "
                               "planned for {}; raise receiver.max_layers",
                               needs.max_layers_per_group, survey.max_layers_per_group));
    if (!fits(needs, survey))
      return error("the grants were changed while they were read");
    return std::make_unique<NextSlot>(NextSlot{std::move(line), *std::move(grants)});
  }

  /// The next slot in which something is granted; null at the end.
  std::unique_ptr<NextSlot> read() {
    while (!is_stopped.load(std::memory_order_relaxed)) {
      auto line = live ? live->next() : next_line(*file, cell.id);
      if (line && !*line)
        return nullptr;
      if (line && (*line)->grants.pusch.empty())
        continue;
      auto slot = line ? checked(**std::move(line))
                       : Result<std::unique_ptr<NextSlot>>(tl::unexpected(line.error()));
      if (slot)
        return *std::move(slot);
      refuse(slot.error().message);
      if (file) // all of it was sound when it was surveyed
        return nullptr;
    }
    return nullptr;
  }

  /// Does it once there is room. False: the feed was stopped before.
  template <class Try>
  bool once_there_is_room(Try attempt) {
    while (!attempt()) {
      if (is_stopped.load(std::memory_order_relaxed))
        return false;
      std::this_thread::sleep_for(full_wait);
    }
    return true;
  }

  void run() {
    while (std::unique_ptr<NextSlot> slot = read()) {
      const io::ExpectedSlot announced = expected(*slot);
      if (!once_there_is_room([&] { return slots->announce(announced); }) ||
          !once_there_is_room([&] { return kept.push(slot.get()); }))
        break;
      [[maybe_unused]] const NextSlot* of_the_queue = slot.release();
      n_kept.release();
    }
    slots->end_announcements();
    has_ended.store(true, std::memory_order_release);
    n_kept.release();
  }
};

GrantsFeed::GrantsFeed(std::unique_ptr<State> state) : state_(std::move(state)) {}
GrantsFeed::~GrantsFeed() {
  stop();
}

Result<std::unique_ptr<GrantsFeed>> GrantsFeed::open(const SourceSettings& source,
                                                     const CellSettings& cell,
                                                     const GrantsSurvey& limits) {
  auto state = std::make_unique<State>();
  state->source = source;
  state->cell = cell;
  const io::GrantsSettings settings = grants_settings(source, cell);
  if (is_socket(source)) {
    auto live = io::GrantsStream::listen(settings);
    if (!live)
      return tl::unexpected(live.error());
    state->live = *std::move(live);
    state->survey = limits;
    state->survey.n_lines = 0;
  } else {
    state->first_slots = std::make_shared<io::FirstSlots>(cell.numerology);
    const auto survey = survey_grants(settings, cell, state->first_slots.get());
    if (!survey)
      return tl::unexpected(survey.error());
    auto file = io::GrantsReader::open(settings);
    if (!file)
      return tl::unexpected(file.error());
    state->survey = *survey;
    state->file = *std::move(file);
  }
  return std::unique_ptr<GrantsFeed>(new GrantsFeed(std::move(state)));
}

const GrantsSurvey& GrantsFeed::survey() const {
  return state_->survey;
}
std::shared_ptr<const io::FirstSlots> GrantsFeed::first_slots() const {
  return state_->first_slots;
}

std::optional<std::int64_t> GrantsFeed::start_count() const {
  const State& s = *state_;
  if (s.live)
    return s.live->start_count();
  return s.source.first_sfn && s.source.first_slot ? std::optional(s.file->recording_count())
                                                   : std::nullopt;
}

void GrantsFeed::start(io::SlotExchange& slots) {
  state_->slots = &slots;
  state_->thread = std::thread([state = state_.get()] { state->run(); });
}

void GrantsFeed::stop() {
  state_->is_stopped.store(true, std::memory_order_relaxed);
  if (state_->live)
    state_->live->wake();
  if (state_->thread.joinable())
    state_->thread.join();
}

std::optional<NextSlot> GrantsFeed::next(std::int64_t timeout_ns) {
  if (!state_->n_kept.try_acquire_for(std::chrono::nanoseconds(timeout_ns)))
    return std::nullopt;
  NextSlot* slot = nullptr;
  if (!state_->kept.pop(slot)) { // the end; say so to the next call too
    state_->n_kept.release();
    return std::nullopt;
  }
  const std::unique_ptr<NextSlot> owned(slot);
  return std::move(*owned);
}

bool GrantsFeed::has_ended() const {
  // In this order: what was kept before the end is seen.
  return state_->has_ended.load(std::memory_order_acquire) && state_->kept.read_available() == 0;
}

std::string GrantsFeed::trouble() const {
  const std::lock_guard lock(state_->mutex);
  if (state_->n_refused < 2)
    return state_->first_refused;
  return fmt::format("{} lines of grants could not be used, the first: {}", state_->n_refused,
                     state_->first_refused);
}

} // namespace airan::apps
