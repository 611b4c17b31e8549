// SPDX-License-Identifier: Apache-2.0
// Hashes by OpenSSL's EVP interface.
#include "io/hash.hpp"

#include "core/assert.hpp"

#include <array>
#include <openssl/evp.h>

namespace airan::io {
namespace {

std::string hex(std::span<const std::uint8_t> bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string s;
  s.reserve(2 * bytes.size());
  for (const std::uint8_t b : bytes) {
    s += digits[b >> 4];
    s += digits[b & 15];
  }
  return s;
}

} // namespace

std::string sha256_hex(std::span<const std::uint8_t> bytes) {
  std::array<std::uint8_t, 32> digest{};
  unsigned n = 0;
  const int ok = EVP_Digest(bytes.data(), bytes.size(), digest.data(), &n, EVP_sha256(), nullptr);
  AIRAN_ASSERT(ok == 1 && n == digest.size(), "OpenSSL offers no SHA-256");
  return hex(digest);
}

struct Sha512::Context {
  EVP_MD_CTX* md = EVP_MD_CTX_new();
  Context() = default;
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() { EVP_MD_CTX_free(md); }
};

Sha512::Sha512() : context_(std::make_unique<Context>()) {
  AIRAN_ASSERT(EVP_DigestInit_ex(context_->md, EVP_sha512(), nullptr) == 1,
               "OpenSSL offers no SHA-512");
}
Sha512::~Sha512() = default;
Sha512::Sha512(Sha512&&) noexcept = default;
Sha512& Sha512::operator=(Sha512&&) noexcept = default;

void Sha512::update(std::span<const std::byte> bytes) {
  EVP_DigestUpdate(context_->md, bytes.data(), bytes.size());
}
std::string Sha512::finish() {
  std::array<std::uint8_t, 64> digest{};
  unsigned n = 0;
  EVP_DigestFinal_ex(context_->md, digest.data(), &n);
  return hex(digest);
}

} // namespace airan::io
