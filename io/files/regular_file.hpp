// SPDX-License-Identifier: Apache-2.0
// A regular file that is read at offsets (pread: a file cut short while it runs gives a short read,
// never a signal).
#pragma once

#include "core/result.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace airan::io {

class RegularFile {
public:
  /// The error says whether the file is missing, a folder, no regular file, or not readable.
  static Result<RegularFile> open(const std::string& path);
  ~RegularFile();
  RegularFile(RegularFile&& o) noexcept;
  RegularFile& operator=(RegularFile&& o) noexcept;

  /// Reads bytes from `offset`; the number read is short at the end of the file or on an I/O error.
  std::size_t read_at(std::int64_t offset, std::span<std::byte> bytes) const;
  /// Size when it was opened.
  std::int64_t size() const { return size_; }
  /// Size now; 0 when it cannot be told.
  std::int64_t size_now() const;
  const std::string& path() const { return path_; }

private:
  RegularFile(int descriptor, std::int64_t size, std::string path);
  int descriptor_ = -1;
  std::int64_t size_ = 0;
  std::string path_;
};

/// The whole text of a file of at most `max_bytes`.
Result<std::string> read_text_file(const std::string& path, std::size_t max_bytes);

} // namespace airan::io
