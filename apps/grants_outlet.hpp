// SPDX-License-Identifier: Apache-2.0
// Where the grants of an emulated radio unit go: a file, or the socket of a receiver.
#pragma once

#include "apps/emulated_loop.hpp"
#include "core/result.hpp"

#include <cstdint>
#include <fstream>
#include <optional>
#include <string>

namespace airan::apps {

/// A line of a slot goes out at least lead_ns before the slot begins, in a file all of them when
/// their number is known.
class GrantsOutlet {
public:
  static constexpr std::int64_t lead_ns = 100'000'000;

  /// `to`: a path, "unix:PATH" (of a receiver that listens there; waited for up to 10 s), or empty:
  /// nowhere. Refers to `loop`.
  static Result<GrantsOutlet> open(const std::string& to, const EmulatedLoop& loop);
  ~GrantsOutlet();
  GrantsOutlet(GrantsOutlet&& o) noexcept;
  GrantsOutlet& operator=(GrantsOutlet&& o) noexcept;

  /// Time on the air (0: the start of slot number 0) when the next line is due; empty: never.
  std::optional<std::int64_t> due_ns() const;
  /// Writes the lines that are due at `time_ns`.
  Result<void> write_due(std::int64_t time_ns);
  Result<void> finish();

private:
  GrantsOutlet(std::string to, const EmulatedLoop& loop);
  Result<void> open_file();
  Result<void> connect();
  Result<void> write(std::string line);

  std::string to_;
  const EmulatedLoop* loop_;
  GrantsLoop grants_;
  std::ofstream file_;
  int socket_ = -1;
};

} // namespace airan::apps
