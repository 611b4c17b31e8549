// SPDX-License-Identifier: Apache-2.0
// Row "cpu:ref" of AssembleTransportBlock: bytes shifted into place, one CRC at the end.
#pragma once

#include "kernels/assemble_transport_block.hpp"

#include <memory>

namespace airan {

std::unique_ptr<AssembleTransportBlock> make_assemble_transport_block_ref(const PlanLimits& limits);

} // namespace airan
