// SPDX-License-Identifier: Apache-2.0
// Hashes of payloads and files, as lower-case hex.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace airan::io {

/// SHA-256 of bytes, 64 hex digits.
std::string sha256_hex(std::span<const std::uint8_t> bytes);

/// SHA-512 of a stream of bytes, for SigMF's core:sha512.
class Sha512 {
public:
  Sha512();
  ~Sha512();
  Sha512(Sha512&&) noexcept;
  Sha512& operator=(Sha512&&) noexcept;
  void update(std::span<const std::byte> bytes);
  /// 128 hex digits; ends the stream.
  std::string finish();

private:
  struct Context;
  std::unique_ptr<Context> context_;
};

} // namespace airan::io
