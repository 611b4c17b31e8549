// SPDX-License-Identifier: Apache-2.0
// What the checks of one grant look at, and how they name it in an error.
#pragma once

#include "core/cell_settings.hpp"
#include "core/pusch_grant.hpp"
#include "core/result.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>

namespace airan {

struct GrantContext {
  const SlotGrants& slot;
  const CellSettings& cell;
  const PuschGrant& grant;

  /// An error of kind `file`: "grants line 7, sfn 0 slot 4, rnti 17: <sentence>".
  template <class... Args>
  tl::unexpected<Error> fail(fmt::format_string<Args...> sentence, Args&&... args) const {
    return file_error(where() + fmt::format(sentence, std::forward<Args>(args)...));
  }
  std::string where() const { return slot_name(slot) + fmt::format(", rnti {}: ", grant.rnti); }

  static std::string slot_name(const SlotGrants& slot) {
    const std::string line = slot.line > 0 ? fmt::format("grants line {}, ", slot.line) : "";
    return line + fmt::format("sfn {} slot {}", slot.sfn, slot.slot);
  }
};

} // namespace airan
