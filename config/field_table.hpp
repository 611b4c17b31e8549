// SPDX-License-Identifier: Apache-2.0
// One table of fields per section. Parsing, validation, the reference of keys and the printed
// effective configuration all follow from it.
#pragma once

#include "config/yaml_tree.hpp"

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace airan::config {

/// What reading a section needs to know.
struct ReadContext {
  std::string where;  ///< "cell", "transmitter.users[0]"; empty at the top
  std::string folder; ///< relative paths count from here
  Problems* problems = nullptr;

  void complain(std::int32_t line, std::string message) const {
    problems->push_back({line, std::move(message)});
  }
  /// The context of a part of this section.
  ReadContext inside(const std::string& name) const {
    return {where.empty() ? name : where + "." + name, folder, problems};
  }
};

/// A value of an enumeration and the name that stands for it in a configuration.
template <class E>
struct Name {
  E value;
  std::string_view name;
};

/// One key. `read` stores the value or complains; `print` gives the effective value, or nothing
/// where the key has none.
struct Field {
  std::string name;
  std::string type; ///< for people: "integer 0 .. 1007", "normal | extended"
  std::string unit; ///< "Hz"; empty: none
  std::string doc;
  std::string default_text; ///< of nested fields: the value where the key is left out
  bool is_required = false;
  std::function<void(const YamlNode&, const ReadContext&)> read;
  std::function<std::optional<YamlNode>()> print;
  /// Documents the keys of a section, or of each item of a list; empty for plain values. Reading
  /// and printing can do without.
  std::function<std::vector<Field>()> document_keys;
  std::vector<Field> nested; ///< those keys, in what documented() gives

  Field& required() {
    is_required = true;
    return *this;
  }
};

/// Numbers: strictly decimal, "122.88e6" is an integer. The complaint is empty when it worked.
std::string read_integer(const YamlNode& node, std::int64_t& value);
std::string read_real(const YamlNode& node, double& value);
/// true or false, nothing else.
std::string read_flag(const YamlNode& node, bool& value);
std::string read_text(const YamlNode& node, std::string& value);

YamlNode print_real(double value);
/// `path` as it counts from `folder`; "unix:PATH" keeps its prefix.
std::string resolve_path(const std::string& path, const std::string& folder);

/// Whether a list may have no items.
enum class EmptyList : std::uint8_t { refused, allowed };

class FieldTable {
public:
  /// A key of any kind; the caller fills in `read` and `print`.
  Field& add(std::string_view name, std::string type, std::string_view unit, std::string_view doc);
  /// `T` is std::int32_t, std::int64_t or double, or an optional of these.
  template <class T>
  Field& number(std::string_view name,
                T& member,
                double min,
                double max,
                std::string_view unit,
                std::string_view doc);
  /// A list of integers.
  Field& numbers(std::string_view name,
                 std::vector<std::int32_t>& member,
                 std::int32_t min,
                 std::int32_t max,
                 std::string_view doc,
                 EmptyList empty = EmptyList::refused);
  /// A list of texts, which may be empty.
  Field& texts(std::string_view name,
               std::vector<std::string>& member,
               std::size_t max_items,
               std::string_view doc);
  /// `E` is an enumeration; member is E or std::optional<E>.
  template <class M, class E, std::size_t N>
  Field& choice(std::string_view name, M& member, const Name<E> (&names)[N], std::string_view doc);
  /// A list of enumeration values, at least one.
  template <class E, std::size_t N>
  Field& choices(std::string_view name,
                 std::vector<E>& member,
                 const Name<E> (&names)[N],
                 std::string_view doc);
  Field& flag(std::string_view name, bool& member, std::string_view doc);
  Field& text(std::string_view name, std::string& member, std::string_view doc);
  /// A path; relative ones count from the folder of the configuration.
  Field& path(std::string_view name, std::string& member, std::string_view doc);
  /// A section; `S` or std::optional<S> has `void describe(FieldTable&, S&)`.
  template <class S>
  Field& section(std::string_view name, S& member, std::string_view doc);
  template <class S>
  Field& section(std::string_view name, std::optional<S>& member, std::string_view doc);
  /// A list of sections.
  template <class S>
  Field&
  list(std::string_view name, std::vector<S>& member, std::size_t max_items, std::string_view doc);

  /// Reads a map: unknown and missing keys, and every value.
  void read(const YamlNode& node, const ReadContext& context) const;
  YamlNode print() const;
  /// The fields for people: defaults filled in, nothing that refers to the members.
  std::vector<Field> documented() const;

private:
  template <class T>
  static std::string
  read_number(const YamlNode& node, double min, double max, const std::string& unit, T& out);

  std::vector<Field> fields_;
};

std::string range_text(double min, double max);

// ---------------------------------------------------------------------------------------------

namespace detail {
template <class T>
struct Unwrapped {
  using Type = T;
};
template <class T>
struct Unwrapped<std::optional<T>> {
  using Type = T;
};
template <class T>
const T* value_of(const T& member) {
  return &member;
}
template <class T>
const T* value_of(const std::optional<T>& member) {
  return member ? &*member : nullptr;
}
/// Sections that want it learn in which line they stand.
template <class S>
void store_line(S& section, std::int32_t line) {
  if constexpr (requires { section.line = line; })
    section.line = line;
}
std::string joined(std::span<const std::string_view> names, std::string_view separator);
/// "'x' is none of a, b, c" with the nearest named.
std::string not_a_name(const YamlNode& node, std::span<const std::string_view> names);
} // namespace detail

template <class T>
std::string FieldTable::read_number(
    const YamlNode& node, double min, double max, const std::string& unit, T& out) {
  const std::string with_unit = unit.empty() ? "" : " " + unit;
  if constexpr (std::is_floating_point_v<T>) {
    double value = 0;
    if (std::string why = read_real(node, value); !why.empty())
      return why;
    if (value < min || value > max)
      return node.text + with_unit + " is outside " + range_text(min, max) + with_unit;
    out = value;
  } else {
    std::int64_t value = 0;
    if (std::string why = read_integer(node, value); !why.empty())
      return why;
    if (static_cast<double>(value) < min || static_cast<double>(value) > max)
      return node.text + with_unit + " is outside " + range_text(min, max) + with_unit;
    out = static_cast<T>(value);
  }
  return {};
}

template <class T>
Field& FieldTable::number(std::string_view name,
                          T& member,
                          double min,
                          double max,
                          std::string_view unit,
                          std::string_view doc) {
  using Value = typename detail::Unwrapped<T>::Type;
  constexpr bool is_real = std::is_floating_point_v<Value>;
  Field& field =
      add(name, std::string(is_real ? "number " : "integer ") + range_text(min, max), unit, doc);
  field.read = [&member, min, max, unit = std::string(unit)](const YamlNode& node,
                                                             const ReadContext& context) {
    Value value{};
    if (std::string why = read_number(node, min, max, unit, value); !why.empty())
      context.complain(node.line, context.where + ": " + why);
    else
      member = value;
  };
  field.print = [&member]() -> std::optional<YamlNode> {
    const Value* value = detail::value_of(member);
    if (value == nullptr)
      return std::nullopt;
    if constexpr (is_real)
      return print_real(*value);
    else
      return YamlNode::scalar(std::to_string(*value));
  };
  return field;
}

template <class M, class E, std::size_t N>
Field& FieldTable::choice(std::string_view name,
                          M& member,
                          const Name<E> (&names)[N],
                          std::string_view doc) {
  std::vector<std::string_view> texts;
  for (const auto& n : names)
    texts.push_back(n.name);
  Field& field = add(name, detail::joined(texts, " | "), "", doc);
  field.read = [&member, &names, texts](const YamlNode& node, const ReadContext& context) {
    for (const auto& n : names) {
      if (node.kind == YamlNode::Kind::scalar && node.text == n.name) {
        member = n.value;
        return;
      }
    }
    context.complain(node.line, context.where + ": " + detail::not_a_name(node, texts));
  };
  field.print = [&member, &names]() -> std::optional<YamlNode> {
    const E* value = detail::value_of(member);
    for (const auto& n : names)
      if (value != nullptr && *value == n.value)
        return YamlNode::quoted(std::string(n.name));
    return std::nullopt;
  };
  return field;
}

template <class E, std::size_t N>
Field& FieldTable::choices(std::string_view name,
                           std::vector<E>& member,
                           const Name<E> (&names)[N],
                           std::string_view doc) {
  std::vector<std::string_view> texts;
  for (const auto& n : names)
    texts.push_back(n.name);
  Field& field = add(name, "list of " + detail::joined(texts, " | "), "", doc);
  field.read = [&member, &names, texts](const YamlNode& node, const ReadContext& context) {
    if (node.kind != YamlNode::Kind::sequence || node.items.empty()) {
      context.complain(node.line,
                       context.where + ": must be a list of " + detail::joined(texts, ", "));
      return;
    }
    member.clear();
    for (const YamlNode& item : node.items) {
      bool is_known = false;
      for (const auto& n : names) {
        if (item.kind == YamlNode::Kind::scalar && item.text == n.name) {
          member.push_back(n.value);
          is_known = true;
        }
      }
      if (!is_known)
        context.complain(item.line, context.where + ": " + detail::not_a_name(item, texts));
    }
  };
  field.print = [&member, &names]() -> std::optional<YamlNode> {
    YamlNode list = YamlNode::sequence();
    for (const E& value : member)
      for (const auto& n : names)
        if (value == n.value)
          list.items.push_back(YamlNode::quoted(std::string(n.name)));
    return list;
  };
  return field;
}

namespace detail {
/// The keys of a section with all its values left out.
template <class S>
std::vector<Field> document_default() {
  S example{};
  FieldTable table;
  describe(table, example);
  return table.documented();
}
} // namespace detail

template <class S>
Field& FieldTable::section(std::string_view name, S& member, std::string_view doc) {
  Field& field = add(name, "section", "", doc);
  field.document_keys = [&member] {
    FieldTable table;
    describe(table, member);
    return table.documented();
  };
  field.read = [&member](const YamlNode& node, const ReadContext& context) {
    detail::store_line(member, node.line);
    FieldTable inner;
    describe(inner, member);
    inner.read(node, context);
  };
  field.print = [&member]() -> std::optional<YamlNode> {
    FieldTable inner;
    describe(inner, member);
    return inner.print();
  };
  return field;
}

template <class S>
Field& FieldTable::section(std::string_view name, std::optional<S>& member, std::string_view doc) {
  Field& field = add(name, "section", "", doc);
  field.document_keys = detail::document_default<S>;
  field.read = [&member](const YamlNode& node, const ReadContext& context) {
    member.emplace();
    detail::store_line(*member, node.line);
    FieldTable inner;
    describe(inner, *member);
    inner.read(node, context);
  };
  field.print = [&member]() -> std::optional<YamlNode> {
    if (!member)
      return std::nullopt;
    FieldTable inner;
    describe(inner, *member);
    return inner.print();
  };
  return field;
}

template <class S>
Field& FieldTable::list(std::string_view name,
                        std::vector<S>& member,
                        std::size_t max_items,
                        std::string_view doc) {
  Field& field = add(name, "list of sections", "", doc);
  field.document_keys = detail::document_default<S>;
  field.read = [&member, max_items](const YamlNode& node, const ReadContext& context) {
    if (node.kind != YamlNode::Kind::sequence || node.items.empty()) {
      context.complain(node.line, context.where + ": must be a list with at least one item");
      return;
    }
    if (node.items.size() > max_items) {
      context.complain(node.line, context.where + ": has " + std::to_string(node.items.size()) +
                                      " items, at most " + std::to_string(max_items));
      return;
    }
    member.assign(node.items.size(), S{});
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      detail::store_line(member[i], node.items[i].line);
      FieldTable inner;
      describe(inner, member[i]);
      inner.read(node.items[i],
                 {context.where + "[" + std::to_string(i) + "]", context.folder, context.problems});
    }
  };
  field.print = [&member]() -> std::optional<YamlNode> {
    if (member.empty())
      return std::nullopt;
    YamlNode out = YamlNode::sequence();
    for (S& item : member) {
      FieldTable inner;
      describe(inner, item);
      out.items.push_back(inner.print());
    }
    return out;
  };
  return field;
}

} // namespace airan::config
