// SPDX-License-Identifier: Apache-2.0
// A network of its own for the calling thread, with a pair of interfaces that are joined.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace airan::test {

/// Lasts as long as the object; the thread is back in its network afterwards.
class NetworkNamespace {
public:
  /// Where the rights for it are missing, why_not() says so.
  explicit NetworkNamespace(std::int32_t mtu);
  ~NetworkNamespace();
  NetworkNamespace(const NetworkNamespace&) = delete;
  NetworkNamespace& operator=(const NetworkNamespace&) = delete;

  const std::string& why_not() const { return why_not_; }
  static constexpr const char* near = "airan0";
  static constexpr const char* far = "airan1"; ///< what is sent here arrives at the near one

private:
  int before_ = -1;
  std::string why_not_;
};

/// Sends Ethernet frames through an interface.
class FrameSender {
public:
  explicit FrameSender(const char* interface);
  ~FrameSender();
  FrameSender(const FrameSender&) = delete;
  FrameSender& operator=(const FrameSender&) = delete;

  bool send(std::span<const std::byte> frame) const;

private:
  int socket_ = -1;
};

} // namespace airan::test
