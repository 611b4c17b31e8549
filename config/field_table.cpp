// SPDX-License-Identifier: Apache-2.0
// Strict scalars and the reading of a section by its table.
#include "config/field_table.hpp"

#include "core/nearest_name.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>

namespace airan::config {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// [+-] digits [. digits] [e [+-] digits], at most 64 characters.
struct Decimal {
  bool is_negative = false;
  std::string digits;        ///< of the mantissa, without the point
  std::int32_t exponent = 0; ///< value = digits * 10^exponent
};

std::optional<Decimal> parse_decimal(std::string_view text) {
  if (text.empty() || text.size() > 64)
    return std::nullopt;
  Decimal out;
  std::size_t i = 0;
  if (text[i] == '+' || text[i] == '-')
    out.is_negative = text[i++] == '-';
  while (i < text.size() && is_digit(text[i]))
    out.digits += text[i++];
  if (i < text.size() && text[i] == '.') {
    ++i;
    while (i < text.size() && is_digit(text[i])) {
      out.digits += text[i++];
      --out.exponent;
    }
  }
  if (out.digits.empty())
    return std::nullopt;
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    std::size_t first = i + 1;
    if (first < text.size() && text[first] == '+')
      ++first;
    std::int32_t e = 0;
    const auto [end, error] = std::from_chars(text.data() + first, text.data() + text.size(), e);
    if (error != std::errc{} || end != text.data() + text.size() || std::abs(e) > 400)
      return std::nullopt;
    out.exponent += e;
    i = text.size();
  }
  return i == text.size() ? std::optional(out) : std::nullopt;
}

/// What stands where a value of another kind was expected.
std::string found(const YamlNode& node) {
  switch (node.kind) {
  case YamlNode::Kind::null:
    return "has no value";
  case YamlNode::Kind::sequence:
    return "is a list";
  case YamlNode::Kind::map:
    return "is a section";
  case YamlNode::Kind::scalar:
    break;
  }
  return fmt::format("'{}'{}", node.text, node.is_quoted ? " in quotes" : "");
}

std::string not_a(const YamlNode& node, std::string_view wanted) {
  if (node.kind == YamlNode::Kind::scalar)
    return fmt::format("{} is not {}", found(node), wanted);
  return fmt::format("{}, it must be {}", found(node), wanted);
}

} // namespace

std::string read_integer(const YamlNode& node, std::int64_t& value) {
  static constexpr std::string_view wanted = "an integer (decimal, such as 30720000 or 30.72e6)";
  if (node.kind != YamlNode::Kind::scalar || node.is_quoted)
    return not_a(node, wanted);
  auto decimal = parse_decimal(node.text);
  if (!decimal)
    return not_a(node, wanted);
  std::string& digits = decimal->digits;
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  while (!digits.empty() && decimal->exponent < 0 && digits.back() == '0') {
    digits.pop_back();
    ++decimal->exponent;
  }
  if (digits.empty()) {
    value = 0;
    return {};
  }
  if (decimal->exponent < 0)
    return not_a(node, wanted);
  if (static_cast<std::size_t>(decimal->exponent) + digits.size() > 18)
    return fmt::format("'{}' has more than 18 digits", node.text);
  digits.append(static_cast<std::size_t>(decimal->exponent), '0');
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (decimal->is_negative)
    value = -value;
  return {};
}

std::string read_real(const YamlNode& node, double& value) {
  static constexpr std::string_view wanted = "a number (such as 0.5 or 122.88e6)";
  if (node.kind != YamlNode::Kind::scalar || node.is_quoted || !parse_decimal(node.text))
    return not_a(node, wanted);
  std::string_view text = node.text;
  if (text[0] == '+')
    text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
    return not_a(node, wanted);
  return {};
}

std::string read_flag(const YamlNode& node, bool& value) {
  if (node.kind == YamlNode::Kind::scalar && !node.is_quoted &&
      (node.text == "true" || node.text == "false")) {
    value = node.text == "true";
    return {};
  }
  return not_a(node, "true or false");
}

std::string read_text(const YamlNode& node, std::string& value) {
  if (node.kind != YamlNode::Kind::scalar || node.text.empty())
    return node.kind == YamlNode::Kind::scalar ? "is empty" : not_a(node, "a text");
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (std::any_of(node.text.begin(), node.text.end(), is_control))
    return "has a control character in it";
  value = node.text;
  return {};
}

YamlNode print_real(double value) {
  if (value == std::floor(value) && std::abs(value) < 1e15)
    return YamlNode::scalar(fmt::format("{:.0f}", value));
  return YamlNode::scalar(fmt::format("{}", value));
}

std::string resolve_path(const std::string& path, const std::string& folder) {
  static constexpr std::string_view socket_prefix = "unix:";
  if (path.starts_with(socket_prefix))
    return std::string(socket_prefix) + resolve_path(path.substr(socket_prefix.size()), folder);
  return (std::filesystem::path(folder) / path).lexically_normal().string();
}

std::string range_text(double min, double max) {
  const auto bound = [](double value) {
    return value == std::floor(value) && std::abs(value) < 1e6 ? fmt::format("{:.0f}", value)
                                                               : fmt::format("{:g}", value);
  };
  return bound(min) + " .. " + bound(max);
}

namespace detail {

std::string joined(std::span<const std::string_view> names, std::string_view separator) {
  std::string out;
  for (const std::string_view name : names)
    out += (out.empty() ? "" : std::string(separator)) + std::string(name);
  return out;
}

std::string not_a_name(const YamlNode& node, std::span<const std::string_view> names) {
  if (node.kind != YamlNode::Kind::scalar)
    return not_a(node, "one of " + joined(names, ", "));
  return fmt::format("'{}' is not known here, it must be one of {}", node.text,
                     joined(names, ", "));
}

} // namespace detail

Field& FieldTable::add(std::string_view name,
                       std::string type,
                       std::string_view unit,
                       std::string_view doc) {
  Field field;
  field.name = name;
  field.type = std::move(type);
  field.unit = unit;
  field.doc = doc;
  return fields_.emplace_back(std::move(field));
}

Field& FieldTable::numbers(std::string_view name,
                           std::vector<std::int32_t>& member,
                           std::int32_t min,
                           std::int32_t max,
                           std::string_view doc,
                           EmptyList empty) {
  static constexpr std::size_t max_items = 1024;
  Field& field = add(name, "list of integers " + range_text(min, max), "", doc);
  const std::size_t min_items = empty == EmptyList::refused ? 1 : 0;
  field.read = [&member, min, max, min_items](const YamlNode& node, const ReadContext& context) {
    if (node.kind != YamlNode::Kind::sequence || node.items.size() < min_items ||
        node.items.size() > max_items) {
      context.complain(node.line,
                       fmt::format("{}: must be a list of {} .. {} integers, such as [0, 2]",
                                   context.where, min_items, max_items));
      return;
    }
    member.clear();
    for (const YamlNode& item : node.items) {
      std::int32_t value = 0;
      if (std::string why = read_number(item, min, max, "", value); !why.empty())
        context.complain(item.line, context.where + ": " + why);
      else
        member.push_back(value);
    }
  };
  field.print = [&member, min_items]() -> std::optional<YamlNode> {
    if (member.size() < min_items)
      return std::nullopt;
    YamlNode list = YamlNode::sequence();
    for (const std::int32_t value : member)
      list.items.push_back(YamlNode::scalar(std::to_string(value)));
    return list;
  };
  return field;
}

Field& FieldTable::texts(std::string_view name,
                         std::vector<std::string>& member,
                         std::size_t max_items,
                         std::string_view doc) {
  Field& field = add(name, "list of texts", "", doc);
  field.read = [&member, max_items](const YamlNode& node, const ReadContext& context) {
    if (node.kind != YamlNode::Kind::sequence || node.items.size() > max_items) {
      context.complain(node.line, fmt::format("{}: must be a list of at most {} texts",
                                              context.where, max_items));
      return;
    }
    member.clear();
    for (const YamlNode& item : node.items) {
      std::string value;
      if (std::string why = read_text(item, value); !why.empty())
        context.complain(item.line, context.where + ": " + why);
      else
        member.push_back(std::move(value));
    }
  };
  field.print = [&member]() -> std::optional<YamlNode> {
    YamlNode list = YamlNode::sequence();
    for (const std::string& value : member)
      list.items.push_back(YamlNode::quoted(value));
    return list;
  };
  return field;
}

Field& FieldTable::flag(std::string_view name, bool& member, std::string_view doc) {
  Field& field = add(name, "true | false", "", doc);
  field.read = [&member](const YamlNode& node, const ReadContext& context) {
    if (std::string why = read_flag(node, member); !why.empty())
      context.complain(node.line, context.where + ": " + why);
  };
  field.print = [&member]() -> std::optional<YamlNode> {
    return YamlNode::scalar(member ? "true" : "false");
  };
  return field;
}

Field& FieldTable::text(std::string_view name, std::string& member, std::string_view doc) {
  Field& field = add(name, "text", "", doc);
  field.read = [&member](const YamlNode& node, const ReadContext& context) {
    if (std::string why = read_text(node, member); !why.empty())
      context.complain(node.line, context.where + ": " + why);
  };
  field.print = [&member]() -> std::optional<YamlNode> {
    return member.empty() ? std::nullopt : std::optional(YamlNode::quoted(member));
  };
  return field;
}

Field& FieldTable::path(std::string_view name, std::string& member, std::string_view doc) {
  Field& field = text(name, member, doc);
  field.type = "path";
  field.read = [&member](const YamlNode& node, const ReadContext& context) {
    std::string value;
    if (std::string why = read_text(node, value); !why.empty())
      context.complain(node.line, context.where + ": " + why);
    else
      member = resolve_path(value, context.folder);
  };
  return field;
}

void FieldTable::read(const YamlNode& node, const ReadContext& context) const {
  const std::string here = context.where.empty() ? "" : " in " + context.where;
  if (node.kind != YamlNode::Kind::map && node.kind != YamlNode::Kind::null) {
    context.complain(node.line, (context.where.empty() ? "the configuration" : context.where) +
                                    ": must be a section of keys and values");
    return;
  }
  std::vector<std::string_view> names;
  for (const Field& field : fields_)
    names.push_back(field.name);
  for (std::size_t i = 0; i < node.keys.size(); ++i) {
    const auto& key = node.keys[i];
    const auto field = std::find_if(fields_.begin(), fields_.end(),
                                    [&](const Field& f) { return f.name == key.text; });
    if (field == fields_.end())
      context.complain(
          key.line, fmt::format("unknown key '{}'{}, the nearest known one is '{}'", key.text, here,
                                nearest_name(std::string_view(key.text).substr(0, 64), names)));
    else
      field->read(node.items[i], context.inside(field->name));
  }
  for (const Field& field : fields_) {
    const bool is_given = std::any_of(node.keys.begin(), node.keys.end(),
                                      [&](const auto& key) { return key.text == field.name; });
    if (field.is_required && !is_given)
      context.complain(node.line,
                       fmt::format("the key '{}'{} is missing ({})", field.name, here, field.doc));
  }
}

std::vector<Field> FieldTable::documented() const {
  std::vector<Field> out = fields_;
  for (Field& field : out) {
    if (field.document_keys) {
      field.nested = field.document_keys();
    } else if (const auto value = field.print()) {
      field.default_text = print_yaml(*value);
      field.default_text.erase(0, field.default_text.find_first_not_of(' '));
      field.default_text.erase(field.default_text.find_last_not_of('\n') + 1);
    }
    field.read = nullptr;
    field.print = nullptr;
    field.document_keys = nullptr;
  }
  return out;
}

YamlNode FieldTable::print() const {
  YamlNode out = YamlNode::map();
  for (const Field& field : fields_)
    if (auto value = field.print())
      out.add(field.name, std::move(*value));
  return out;
}

} // namespace airan::config
