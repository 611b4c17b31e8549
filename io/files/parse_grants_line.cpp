// SPDX-License-Identifier: Apache-2.0
// One line of a grants file: JSON text to SlotGrants.
#include "core/nearest_name.hpp"
#include "core/numerology.hpp"
#include "core/printable.hpp"
#include "io/files/grants_fields.hpp"
#include "io/files/grants_reader.hpp"

#include <boost/json.hpp>
#include <boost/json/basic_parser_impl.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

namespace airan::io {
namespace {

namespace json = boost::json;

constexpr std::size_t max_depth = 8; // a line of the table has 5 levels
constexpr std::int64_t max_cell = 65535;

struct Problem {
  std::string text;
};

/// Looks for keys that are given twice in one object (Boost's document keeps the last in silence).
/// Memory: the keys of the objects that are open.
struct DuplicateKeys {
  static constexpr std::size_t max_object_size = std::size_t(-1);
  static constexpr std::size_t max_array_size = std::size_t(-1);
  static constexpr std::size_t max_key_size = std::size_t(-1);
  static constexpr std::size_t max_string_size = std::size_t(-1);

  std::vector<std::vector<std::string>> open;
  std::string key;
  std::string twice;

  using Error = json::error_code;
  bool on_document_begin(Error&) { return true; }
  bool on_document_end(Error&) { return true; }
  bool on_object_begin(Error&) {
    open.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t, Error&) {
    auto& keys = open.back();
    std::sort(keys.begin(), keys.end());
    const auto two = std::adjacent_find(keys.begin(), keys.end());
    if (two != keys.end() && twice.empty())
      twice = *two;
    open.pop_back();
    return true;
  }
  bool on_array_begin(Error&) { return true; }
  bool on_array_end(std::size_t, Error&) { return true; }
  bool on_key_part(json::string_view s, std::size_t, Error&) {
    key.append(s.data(), s.size());
    return true;
  }
  bool on_key(json::string_view s, std::size_t, Error&) {
    key.append(s.data(), s.size());
    open.back().push_back(std::move(key));
    key.clear();
    return true;
  }
  bool on_string_part(json::string_view, std::size_t, Error&) { return true; }
  bool on_string(json::string_view, std::size_t, Error&) { return true; }
  bool on_number_part(json::string_view, Error&) { return true; }
  bool on_int64(std::int64_t, json::string_view, Error&) { return true; }
  bool on_uint64(std::uint64_t, json::string_view, Error&) { return true; }
  bool on_double(double, json::string_view, Error&) { return true; }
  bool on_bool(bool, Error&) { return true; }
  bool on_null(Error&) { return true; }
  bool on_comment_part(json::string_view, Error&) { return true; }
  bool on_comment(json::string_view, Error&) { return true; }
};

std::string shown(const json::value& v) {
  return printable(json::serialize(v), 40);
}
/// A name out of the file, fit for a message.
std::string shown_key(std::string_view key) {
  return shown(json::string(key.data(), key.size()));
}

std::int64_t
integer(const json::value& v, std::string_view name, std::int64_t low, std::int64_t high) {
  const bool is_integer = v.is_int64() || v.is_uint64();
  const std::int64_t value = v.is_int64() ? v.get_int64() : high + 1; // uint64: beyond int64
  if (!is_integer || value < low || value > high)
    throw Problem{
        fmt::format("{} is {}; it must be an integer from {} to {}", name, shown(v), low, high)};
  return value;
}

[[noreturn]] void refuse_unknown(std::string_view key, std::span<const std::string_view> known) {
  throw Problem{fmt::format("unknown field {}; the nearest known one is \"{}\"", shown_key(key),
                            nearest_name(key.substr(0, 64), known))};
}

template <class Owner>
void store(Owner& owner, const FieldMember<Owner>& member, std::int64_t value) {
  std::visit(
      [&](auto m) {
        using Kept = std::remove_reference_t<decltype(owner.*m)>;
        if constexpr (std::is_same_v<Kept, std::optional<std::int64_t>>)
          owner.*m = value;
        else
          owner.*m = static_cast<std::int32_t>(value);
      },
      member);
}

/// Stores `v` if `key` is an integer field of the table.
template <class Owner>
bool store_field(Owner& owner,
                 std::span<const GrantField<Owner>> table,
                 std::string_view key,
                 const json::value& v) {
  for (const auto& f : table) {
    if (f.name != key)
      continue;
    store(owner, f.member, integer(v, f.name, f.low, f.high));
    return true;
  }
  return false;
}

template <class Owner>
void check_required(std::span<const GrantField<Owner>> table, const json::object& o) {
  for (const auto& f : table)
    if (f.required && o.if_contains(json::string_view(f.name.data(), f.name.size())) == nullptr)
      throw Problem{fmt::format("{} is missing", f.name)};
}

std::string_view view(json::string_view s) {
  return {s.data(), s.size()};
}

const json::object& object(const json::value& v, std::string_view name) {
  if (!v.is_object())
    throw Problem{fmt::format("{} is {}; it must be an object", name, shown(v))};
  return v.get_object();
}

Expectation parse_expectation(const json::value& v) {
  static constexpr std::string_view known[] = {"crc_ok", "payload_sha256"};
  Expectation e;
  for (const auto& [key, item] : object(v, "expect")) {
    if (key == "crc_ok") {
      if (!item.is_bool())
        throw Problem{fmt::format("crc_ok is {}; it must be true or false", shown(item))};
      e.crc_ok = item.get_bool();
    } else if (key == "payload_sha256") {
      std::string hex(item.is_string() ? view(item.get_string()) : std::string_view());
      for (char& c : hex)
        c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
      if (hex.size() != 64 || hex.find_first_not_of("0123456789abcdef") != std::string::npos)
        throw Problem{fmt::format("payload_sha256 is {}; it must be 64 hex digits", shown(item))};
      e.payload_sha256 = hex;
    } else {
      refuse_unknown(view(key), known);
    }
  }
  return e;
}

PtrsGrant parse_ptrs(const json::value& v) {
  PtrsGrant p;
  const json::object& o = object(v, "ptrs");
  for (const auto& [key, item] : o) {
    if (store_field(p, ptrs_fields(), view(key), item))
      continue;
    std::vector<std::string_view> known;
    for (const auto& f : ptrs_fields())
      known.push_back(f.name);
    refuse_unknown(view(key), known);
  }
  check_required(ptrs_fields(), o);
  return p;
}

bool ignore_field(std::string_view key, const json::value& v) {
  for (const IgnoredField& f : ignored_pusch_fields()) {
    if (f.name != key)
      continue;
    if (f.only && !(v.is_int64() && v.get_int64() == *f.only))
      throw Problem{fmt::format("{} is {}; only {} is supported", f.name, shown(v), *f.only)};
    return true;
  }
  return false;
}

PuschGrant parse_grant(const json::value& v) {
  PuschGrant g;
  const json::object& o = object(v, "an element of pusch");
  for (const auto& [key, item] : o) {
    if (store_field(g, pusch_fields(), view(key), item) || ignore_field(view(key), item))
      continue;
    if (key == "ptrs") {
      g.ptrs = parse_ptrs(item);
    } else if (key == "expect") {
      g.expect = parse_expectation(item);
    } else {
      std::vector<std::string_view> known{"ptrs", "expect"};
      for (const auto& f : pusch_fields())
        known.push_back(f.name);
      refuse_unknown(view(key), known);
    }
  }
  check_required(pusch_fields(), o);
  return g;
}

SlotGrants parse_slot(const json::value& v, std::int32_t numerology) {
  static constexpr std::string_view known[] = {"cell", "sfn", "slot", "pusch"};
  SlotGrants s;
  const json::object& o = object(v, "the line");
  for (const char* name : {"sfn", "slot", "pusch"})
    if (o.if_contains(name) == nullptr)
      throw Problem{fmt::format("{} is missing", name)};
  for (const auto& [key, item] : o) {
    if (key == "cell") {
      s.cell = static_cast<std::int32_t>(integer(item, "cell", 0, max_cell));
    } else if (key == "sfn") {
      s.sfn = static_cast<std::int32_t>(integer(item, "sfn", 0, n_sfn - 1));
    } else if (key == "slot") {
      s.slot =
          static_cast<std::int32_t>(integer(item, "slot", 0, n_slots_per_frame(numerology) - 1));
    } else if (key == "pusch") {
      if (!item.is_array())
        throw Problem{fmt::format("pusch is {}; it must be an array", shown(item))};
      for (const json::value& grant : item.get_array()) {
        try {
          s.pusch.push_back(parse_grant(grant));
        } catch (const Problem& p) {
          throw Problem{fmt::format("pusch[{}]: {}", s.pusch.size(), p.text)};
        }
      }
    } else {
      refuse_unknown(view(key), known);
    }
  }
  return s;
}

SlotGrants parse_text(std::string_view line, std::int32_t numerology) {
  if (line.size() > max_grants_line_bytes)
    throw Problem{fmt::format("the line has {} bytes; at most {} are read", line.size(),
                              max_grants_line_bytes)};
  if (line.find('\0') != std::string_view::npos)
    throw Problem{"the line holds a NUL byte: the file is no text or is damaged"};
  json::parse_options options;
  options.max_depth = max_depth;
  json::error_code error;
  json::basic_parser<DuplicateKeys> scan(options);
  scan.write_some(false, line.data(), line.size(), error);
  if (error)
    throw Problem{fmt::format("no valid JSON ({})", error.message())};
  if (const std::string& twice = scan.handler().twice; !twice.empty())
    throw Problem{fmt::format("the field {} is given twice", shown_key(twice))};
  json::monotonic_resource memory;
  const json::value value =
      json::parse(json::string_view(line.data(), line.size()), error, &memory, options);
  if (error)
    throw Problem{fmt::format("no valid JSON ({})", error.message())};
  return parse_slot(value, numerology);
}

} // namespace

Result<SlotGrants>
parse_grants_line(std::string_view line, std::int32_t numerology, std::string_view where) {
  try {
    return parse_text(line, numerology);
  } catch (const Problem& p) {
    return file_error(fmt::format("{}: {}", where, p.text));
  } catch (const std::exception& e) {
    return file_error(fmt::format("{}: cannot be read ({})", where, e.what()));
  }
}

} // namespace airan::io
