// SPDX-License-Identifier: Apache-2.0
// Names of what packets may look like, shared by those who receive and those who send them.
#pragma once

#include "config/field_table.hpp"
#include "core/packet_settings.hpp"

namespace airan::config {

inline constexpr Name<Bfp16> bfp16_names[] = {{Bfp16::with_exponent, "with_exponent"},
                                              {Bfp16::plain, "plain"}};
inline constexpr Name<UdpFraming> framing_names[] = {
    {UdpFraming::raw, "raw"}, {UdpFraming::vita49, "vita49"}, {UdpFraming::chdr, "chdr"}};
inline constexpr std::int32_t max_eaxc = 65535;
inline constexpr std::int32_t max_vlan = 4094;

} // namespace airan::config
