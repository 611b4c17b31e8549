// SPDX-License-Identifier: Apache-2.0
// What report.html shows of one slot, from what the receiver kept of it.
#pragma once

#include "core/checked_grant.hpp"
#include "io/writers/result_writer.hpp"
#include "phy/receiver.hpp"

#include <span>

namespace airan::apps {

/// `output` received with Detail::with_symbols; `grants` are the slot's, in the same order.
io::SlotPicture slot_picture(const SlotOutput& output, std::span<const CheckedGrant> grants);

} // namespace airan::apps
