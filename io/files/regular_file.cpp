// SPDX-License-Identifier: Apache-2.0
// Reading regular files at offsets.
#include "io/files/regular_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace airan::io {

RegularFile::RegularFile(int descriptor, std::int64_t size, std::string path)
    : descriptor_(descriptor), size_(size), path_(std::move(path)) {}

Result<RegularFile> RegularFile::open(const std::string& path) {
  if (path.find('\0') != std::string::npos)
    return file_error("a path must not contain a NUL character");
  // O_NONBLOCK: opening a FIFO must not wait for its writer.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0)
    return file_error(fmt::format("cannot open {}: {}", path, std::strerror(errno)));
  struct stat status {};
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(descriptor);
    return file_error(fmt::format("cannot read {}: it is {}", path,
                                  S_ISDIR(status.st_mode) ? "a folder" : "not a regular file"));
  }
  return RegularFile(descriptor, static_cast<std::int64_t>(status.st_size), path);
}

RegularFile::~RegularFile() {
  if (descriptor_ >= 0)
    ::close(descriptor_);
}
RegularFile::RegularFile(RegularFile&& o) noexcept
    : descriptor_(std::exchange(o.descriptor_, -1)), size_(o.size_), path_(std::move(o.path_)) {}
RegularFile& RegularFile::operator=(RegularFile&& o) noexcept {
  std::swap(descriptor_, o.descriptor_);
  std::swap(size_, o.size_);
  std::swap(path_, o.path_);
  return *this;
}

std::size_t RegularFile::read_at(std::int64_t offset, std::span<std::byte> bytes) const {
  std::size_t n = 0;
  while (n < bytes.size()) {
    const auto got = ::pread(descriptor_, bytes.data() + n, bytes.size() - n,
                             static_cast<off_t>(offset + static_cast<std::int64_t>(n)));
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      break;
    n += static_cast<std::size_t>(got);
  }
  return n;
}

std::int64_t RegularFile::size_now() const {
  struct stat status {};
  return ::fstat(descriptor_, &status) == 0 ? static_cast<std::int64_t>(status.st_size) : 0;
}

Result<std::string> read_text_file(const std::string& path, std::size_t max_bytes) {
  auto file = RegularFile::open(path);
  if (!file)
    return tl::unexpected(file.error());
  if (file->size() > static_cast<std::int64_t>(max_bytes))
    return file_error(fmt::format("{} has {} bytes; at most {} are read from such a file", path,
                                  file->size(), max_bytes));
  std::string text(static_cast<std::size_t>(file->size()), '\0');
  text.resize(file->read_at(0, std::as_writable_bytes(std::span(text.data(), text.size()))));
  return text;
}

} // namespace airan::io
