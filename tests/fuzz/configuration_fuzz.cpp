// SPDX-License-Identifier: Apache-2.0
// Configurations: whatever the text, sentences or a configuration that prints and reads back to the
// same. Its length says what it is read for.
#include "config/configuration.hpp"
#include "tests/fuzz/plain_sentence.hpp"

#include <cstdint>
#include <iterator>
#include <string_view>

namespace airan::config {
namespace {

std::string printed(const Configuration& configuration) {
  return print_yaml(effective_configuration(configuration));
}

void check(std::string_view text, Purpose purpose) {
  const auto read = parse_configuration(text, "c", "/lab", purpose);
  if (!read) {
    AIRAN_ASSERT(!read.error().sentences.empty() && read.error().sentences.size() <= 51,
                 std::to_string(read.error().sentences.size()));
    for (const std::string& sentence : read.error().sentences)
      fuzz::require_plain_sentence(sentence);
    return;
  }
  AIRAN_ASSERT(!read->cells.empty(), "no cell");
  const std::string once = printed(*read);
  const auto again = parse_configuration(once, "c", "/lab", purpose);
  AIRAN_ASSERT(again, again.error().sentences.front() + "\n" + once);
  AIRAN_ASSERT(printed(*again) == once, once + "\n" + printed(*again));
  AIRAN_ASSERT(is_utf8(print_json(effective_configuration(*read))), once);
}

} // namespace
} // namespace airan::config

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using airan::config::Purpose;
  constexpr Purpose purposes[] = {Purpose::check, Purpose::receive, Purpose::generate,
                                  Purpose::simulate};
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  airan::config::check(text, purposes[size % std::size(purposes)]);
  return 0;
}
