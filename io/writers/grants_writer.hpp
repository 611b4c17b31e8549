// SPDX-License-Identifier: Apache-2.0
// Writer of grants files: JSON Lines, one slot per line.
#pragma once

#include "core/pusch_grant.hpp"
#include "core/result.hpp"

#include <fstream>
#include <string>

namespace airan::io {

/// One line of a grants file, without the newline. Optional fields that are left out stay out.
std::string grants_line(const SlotGrants& grants);

class GrantsWriter {
public:
  static Result<GrantsWriter> create(const std::string& path);
  Result<void> append(const SlotGrants& grants);
  Result<void> finish();

private:
  GrantsWriter(std::ofstream file, std::string path);
  std::ofstream file_;
  std::string path_;
};

} // namespace airan::io
