// SPDX-License-Identifier: Apache-2.0
// The other end of a UNIX socket: a scheduler that writes lines.
#pragma once

#include <string>
#include <string_view>

namespace airan::tests {

/// Connected, or the test fails.
class UnixClient {
public:
  explicit UnixClient(const std::string& path);
  ~UnixClient();
  UnixClient(const UnixClient&) = delete;
  UnixClient& operator=(const UnixClient&) = delete;

  /// Sends all of it, however long that takes; ends early when the peer is gone.
  void send(std::string_view text) const;
  void close();
  /// Waits until the peer closes the connection; false when it sends something.
  bool is_closed_by_peer() const;

private:
  int descriptor_ = -1;
};

/// A socket file that nobody listens on, such as a killed process leaves.
void leave_stale_socket(const std::string& path);

} // namespace airan::tests
