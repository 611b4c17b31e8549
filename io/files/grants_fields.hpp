// SPDX-License-Identifier: Apache-2.0
// The fields of a grants line, one table for the reader and the writer.
#pragma once

#include "core/pusch_grant.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

namespace airan::io {

/// Where an integer field is kept.
template <class Owner>
using FieldMember = std::variant<std::int32_t Owner::*,
                                 std::optional<std::int32_t> Owner::*,
                                 std::optional<std::int64_t> Owner::*>;

template <class Owner>
struct GrantField {
  std::string_view name;
  FieldMember<Owner> member;
  std::int64_t low = 0;
  std::int64_t high = 0; ///< of the field's FAPI type, or of its meaning where it is a choice
  bool required = false;
};

/// A FAPI field that carries nothing here: only the value that asks for nothing is accepted.
struct IgnoredField {
  std::string_view name;
  std::optional<std::int64_t> only; ///< nullopt: any value of any type
};

/// In the order of the table of grants in docs/formats.md.
std::span<const GrantField<PuschGrant>> pusch_fields();
std::span<const GrantField<PtrsGrant>> ptrs_fields();
/// Accepted in an element of `pusch`: handle and pdu_bitmap say nothing about the signal,
/// resource_alloc 1 (contiguous), vrb_to_prb_mapping 0, uplink_frequency_shift_7p5khz 0 and num_cb
/// 0 (no code-block groups) are what a grant means anyway, tx_direct_current_location is not used.
std::span<const IgnoredField> ignored_pusch_fields();

} // namespace airan::io
