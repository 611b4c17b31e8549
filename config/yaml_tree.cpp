// SPDX-License-Identifier: Apache-2.0
// Builds the bounded tree from yaml-cpp's events.
#include "config/yaml_tree.hpp"

#include "core/printable.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <sstream>
#include <unordered_map>
#include <utility>

namespace airan::config {
namespace {

/// Ends the parse from inside an event, before yaml-cpp recurses any deeper.
struct Refusal {
  Problem problem;
};

std::int32_t line_of(const YAML::Mark& mark) {
  return mark.line + 1;
}

/// What yaml-cpp would take for the end of the file (0x04) or for another encoding is refused
/// first, as is what could not be printed as JSON.
std::optional<Problem> find_bad_character(std::string_view text) {
  std::int32_t number = 1;
  for (std::size_t at = 0; at < text.size(); ++number) {
    const std::string_view line = text.substr(at, text.find('\n', at) - at);
    for (const char c : line)
      if (const auto byte = static_cast<unsigned char>(c);
          (byte < 0x20 && c != '\t' && c != '\r') || byte == 0x7F)
        return Problem{number,
                       fmt::format("the control character 0x{:02x} is not allowed (the file must "
                                   "be UTF-8 text)",
                                   byte)};
    if (!is_utf8(line))
      return Problem{number, "is not UTF-8 text"};
    at += line.size() + 1;
  }
  return std::nullopt;
}

class TreeBuilder final : public YAML::EventHandler {
public:
  explicit TreeBuilder(Problems& problems) : problems_(problems) {}

  YamlNode take_root() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    YamlNode node;
    node.line = line_of(mark);
    place(std::move(node));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    throw Refusal{{line_of(mark), "aliases (*name) are not allowed, write the value out"}};
  }
  void OnScalar(const YAML::Mark& mark,
                const std::string& tag,
                YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    YamlNode node = YamlNode::scalar(value);
    node.line = line_of(mark);
    node.is_quoted = tag == "!";
    place(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark,
                       const std::string& tag,
                       YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(mark, tag, anchor, YamlNode::sequence());
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark,
                  const std::string& tag,
                  YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(mark, tag, anchor, YamlNode::map());
  }
  void OnMapEnd() override {
    remove_repeated_keys(open_.back().node);
    close();
  }

private:
  struct Open {
    YamlNode node;
    std::optional<YamlNode::Key> key; ///< of a map, read and waiting for its value
  };

  static void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor)
      throw Refusal{{line_of(mark), "anchors (&name) are not allowed, write the value out"}};
  }
  static void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!")
      throw Refusal{{line_of(mark), fmt::format("the tag '{}' is not allowed", tag)}};
  }

  void count_node(std::int32_t line) {
    if (++n_nodes_ > max_yaml_nodes)
      throw Refusal{{line, fmt::format("has more than {} values", max_yaml_nodes)}};
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YamlNode node) {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    node.line = line_of(mark);
    if (!open_.empty() && open_.back().node.kind == YamlNode::Kind::map && !open_.back().key)
      throw Refusal{{node.line, "a key must be a name, not a list or a section"}};
    if (static_cast<std::int32_t>(open_.size()) >= max_yaml_depth)
      throw Refusal{{node.line, fmt::format("is nested deeper than {} levels", max_yaml_depth)}};
    count_node(node.line);
    open_.push_back({std::move(node), std::nullopt});
  }

  void close() {
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    place(std::move(node));
  }

  /// Puts a finished node where it belongs.
  void place(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.kind == YamlNode::Kind::map && !parent.key) {
      parent.key = YamlNode::Key{std::move(node.text), node.line};
      return;
    }
    count_node(node.line);
    if (parent.key) {
      parent.node.keys.push_back(std::move(*parent.key));
      parent.key.reset();
    }
    parent.node.items.push_back(std::move(node));
  }

  /// yaml-cpp would take the first in silence. Keeps it, so that its value is checked too.
  void remove_repeated_keys(YamlNode& map) {
    std::unordered_map<std::string, std::int32_t> first_line;
    YamlNode kept = YamlNode::map();
    for (std::size_t i = 0; i < map.keys.size(); ++i) {
      const auto [found, is_new] = first_line.try_emplace(map.keys[i].text, map.keys[i].line);
      if (is_new) {
        kept.keys.push_back(std::move(map.keys[i]));
        kept.items.push_back(std::move(map.items[i]));
      } else {
        problems_.push_back(
            {map.keys[i].line, fmt::format("the key '{}' is given twice, in line {} and in line {}",
                                           map.keys[i].text, found->second, map.keys[i].line)});
      }
    }
    map.keys = std::move(kept.keys);
    map.items = std::move(kept.items);
  }

  Problems& problems_;
  YamlNode root_;
  std::vector<Open> open_;
  std::size_t n_nodes_ = 0;
};

} // namespace

YamlNode YamlNode::scalar(std::string text) {
  YamlNode node;
  node.kind = Kind::scalar;
  node.text = std::move(text);
  return node;
}
YamlNode YamlNode::quoted(std::string text) {
  YamlNode node = scalar(std::move(text));
  node.is_quoted = true;
  return node;
}
YamlNode YamlNode::sequence() {
  YamlNode node;
  node.kind = Kind::sequence;
  return node;
}
YamlNode YamlNode::map() {
  YamlNode node;
  node.kind = Kind::map;
  return node;
}
void YamlNode::add(std::string key, YamlNode value) {
  keys.push_back({std::move(key), 0});
  items.push_back(std::move(value));
}

std::optional<YamlNode> parse_yaml(std::string_view text, Problems& problems) {
  if (text.size() > max_yaml_bytes) {
    problems.push_back({0, fmt::format("is larger than {} bytes", max_yaml_bytes)});
    return std::nullopt;
  }
  if (auto problem = find_bad_character(text)) {
    problems.push_back(std::move(*problem));
    return std::nullopt;
  }
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    TreeBuilder builder(problems);
    if (!parser.HandleNextDocument(builder)) {
      problems.push_back({0, "is empty"});
      return std::nullopt;
    }
    YamlNode root = builder.take_root();
    TreeBuilder second(problems);
    if (parser.HandleNextDocument(second)) {
      problems.push_back({0, "holds more than one YAML document"});
      return std::nullopt;
    }
    return root;
  } catch (const Refusal& refusal) {
    problems.push_back(refusal.problem);
  } catch (const YAML::Exception& error) {
    problems.push_back({line_of(error.mark), "is not valid YAML: " + error.msg});
  }
  return std::nullopt;
}

} // namespace airan::config
