// SPDX-License-Identifier: Apache-2.0
// "address:port", as it is written in a configuration or on the command line.
#pragma once

#include "core/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace airan::io {

struct HostAndPort {
  std::string host; ///< without brackets
  std::uint16_t port = 0;
};

/// "host:port" or "[IPv6 address]:port".
Result<HostAndPort> parse_host_and_port(std::string_view text);

} // namespace airan::io
