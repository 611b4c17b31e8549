// SPDX-License-Identifier: Apache-2.0
// Parses "address:port".
#include "io/udp/udp_endpoint.hpp"

#include <fmt/format.h>

#include <charconv>

namespace airan::io {

Result<HostAndPort> parse_host_and_port(std::string_view text) {
  const auto wrong = [text](std::string_view why) {
    return configuration_error(fmt::format(
        R"("{}" is no UDP address: {}; write it like 0.0.0.0:5000 or [::1]:5000)", text, why));
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos)
    return wrong("the port is missing");
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  else if (host.find(':') != std::string_view::npos)
    return wrong("an IPv6 address stands in brackets");
  if (host.empty())
    return wrong("the address is missing");
  HostAndPort result{std::string(host), 0};
  const char* end = digits.data() + digits.size();
  const auto [at, error] = std::from_chars(digits.data(), end, result.port);
  if (error != std::errc() || at != end)
    return wrong("the port is no number from 0 to 65535");
  return result;
}

} // namespace airan::io
