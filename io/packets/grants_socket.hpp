// SPDX-License-Identifier: Apache-2.0
// A UNIX socket on which a scheduler says what it granted, line by line.
#pragma once

#include "core/result.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace airan::io {

/// Listens on a path and takes the lines of one scheduler; while it is connected, others are turned
/// away. Memory is bounded: one line and one block.
class GrantsSocket {
public:
  enum class Event : std::uint8_t {
    line,     ///< line() holds the next one
    too_long, ///< a line was longer than max_grants_line_bytes and is skipped
    ended,    ///< the scheduler disconnected; its last line may lack a newline
    woken,    ///< wake() was called
  };

  /// Makes the socket. A socket file that nobody listens on (left by a run that was killed) is
  /// replaced; anything else that lies there is an error.
  static Result<GrantsSocket> listen(const std::string& path);
  /// Removes the socket file, if it is still this one.
  ~GrantsSocket();
  GrantsSocket(GrantsSocket&&) noexcept;
  GrantsSocket& operator=(GrantsSocket&&) noexcept;

  /// Waits for a scheduler, then for its next line. After `ended` and `woken` it says so again.
  Event next();
  /// The last line, without its newline. Valid until next().
  std::string_view line() const;
  /// Of the last line, from 1.
  std::int64_t number() const;
  /// From any thread: ends the waiting, now or as soon as next() is called.
  void wake();

private:
  struct State;
  explicit GrantsSocket(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

} // namespace airan::io
