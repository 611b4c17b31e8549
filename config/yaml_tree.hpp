// SPDX-License-Identifier: Apache-2.0
// A YAML document as a small tree of our own: bounded in size and depth, with line numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace airan::config {

/// One thing that is wrong; apps prints each as "file:line: message".
struct Problem {
  std::int32_t line = 0; ///< from 1; 0: the document as a whole
  std::string message;   ///< one clause, no full stop
};
using Problems = std::vector<Problem>;

struct YamlNode {
  enum class Kind : std::uint8_t { null, scalar, sequence, map };

  struct Key {
    std::string text;
    std::int32_t line = 0;
  };

  Kind kind = Kind::null;
  std::int32_t line = 0;       ///< from 1
  std::string text;            ///< of a scalar
  bool is_quoted = false;      ///< a scalar in quotes (or a block scalar) is always a text
  std::vector<Key> keys;       ///< of a map, one per item
  std::vector<YamlNode> items; ///< of a map or sequence

  static YamlNode scalar(std::string text);
  static YamlNode quoted(std::string text);
  static YamlNode sequence();
  static YamlNode map();
  void add(std::string key, YamlNode value);
};

/// Bounds that hold before and while the tree is built, so that no document can exhaust the stack
/// or the memory.
inline constexpr std::size_t max_yaml_bytes = std::size_t{1} << 20;
inline constexpr std::size_t max_yaml_nodes = 100'000;
inline constexpr std::int32_t max_yaml_depth = 16;

/// The single document in `text` (JSON is YAML). Anchors and aliases, tags, keys that are not
/// scalars, control characters, what is not UTF-8, a second document and anything beyond the bounds
/// are problems, as is a key given twice. Empty when there is no tree; with a tree there may still
/// be problems.
std::optional<YamlNode> parse_yaml(std::string_view text, Problems& problems);

std::string print_yaml(const YamlNode& node);
std::string print_json(const YamlNode& node);

} // namespace airan::config
