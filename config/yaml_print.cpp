// SPDX-License-Identifier: Apache-2.0
// Prints a tree as YAML or JSON; what is printed parses to the same tree.
#include "config/yaml_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string>

namespace airan::config {
namespace {

/// A text in double quotes, which YAML and JSON read alike.
std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      out += fmt::format("\\{}", c);
    else if (static_cast<unsigned char>(c) < 0x20)
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else
      out += c;
  }
  return out + '"';
}

/// A text that YAML cannot mistake for a number, a boolean or syntax.
bool reads_as_name(std::string_view text) {
  static constexpr std::string_view reserved[] = {"true", "false", "null",  "yes",  "no",
                                                  "on",   "off",   "False", "True", "Null",
                                                  "NULL", "TRUE",  "FALSE", "y",    "n"};
  const auto is_plain = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.' || c == '/';
  };
  const auto may_begin = [](unsigned char c) {
    return std::isalpha(c) != 0 || c == '/' || c == '_';
  };
  return !text.empty() && may_begin(static_cast<unsigned char>(text[0])) &&
         std::all_of(text.begin(), text.end(), is_plain) &&
         std::find(std::begin(reserved), std::end(reserved), text) == std::end(reserved);
}

bool is_leaf(const YamlNode& node) {
  return node.kind == YamlNode::Kind::null || node.kind == YamlNode::Kind::scalar;
}

std::string leaf(const YamlNode& node) {
  if (node.kind == YamlNode::Kind::null)
    return "null";
  return node.is_quoted && !reads_as_name(node.text) ? in_quotes(node.text) : node.text;
}

/// A list of plain values on one line.
std::string flow_list(const YamlNode& node) {
  std::string out = "[";
  for (std::size_t i = 0; i < node.items.size(); ++i)
    out += (i == 0 ? "" : ", ") + leaf(node.items[i]);
  return out + "]";
}

void print_block(const YamlNode& node, const std::string& indent, std::string& out);

/// What follows "key:" or "-".
void print_value(const YamlNode& node, const std::string& indent, std::string& out) {
  if (is_leaf(node)) {
    out.append(" ").append(leaf(node)).append("\n");
  } else if (node.kind == YamlNode::Kind::sequence &&
             std::all_of(node.items.begin(), node.items.end(), is_leaf)) {
    out.append(" ").append(flow_list(node)).append("\n");
  } else if (node.items.empty()) {
    out += " {}\n";
  } else {
    out += "\n";
    print_block(node, indent + "  ", out);
  }
}

void print_block(const YamlNode& node, const std::string& indent, std::string& out) {
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    out += indent;
    out += node.kind == YamlNode::Kind::map ? node.keys[i].text + ":" : std::string("-");
    print_value(node.items[i], indent, out);
  }
}

void print_json(const YamlNode& node, const std::string& indent, std::string& out) {
  if (is_leaf(node)) {
    if (node.kind == YamlNode::Kind::null)
      out += "null";
    else
      out += node.is_quoted ? in_quotes(node.text) : node.text;
    return;
  }
  const bool is_map = node.kind == YamlNode::Kind::map;
  const std::string inner = indent + "  ";
  out += is_map ? '{' : '[';
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    out += (i == 0 ? "\n" : ",\n") + inner;
    if (is_map)
      out += in_quotes(node.keys[i].text) + ": ";
    print_json(node.items[i], inner, out);
  }
  if (!node.items.empty())
    out += "\n" + indent;
  out += is_map ? '}' : ']';
}

} // namespace

std::string print_yaml(const YamlNode& node) {
  std::string out;
  if (is_leaf(node) || node.items.empty())
    print_value(node, "", out);
  else
    print_block(node, "", out);
  return out;
}

std::string print_json(const YamlNode& node) {
  std::string out;
  print_json(node, "", out);
  return out + "\n";
}

} // namespace airan::config
