// SPDX-License-Identifier: Apache-2.0
// The text of a .sigmf-meta file.
#include "core/cell_settings.hpp"
#include "core/printable.hpp"
#include "io/files/sigmf_recording.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <cmath>

namespace airan::io {
namespace {

namespace json = boost::json;

/// Indices and byte counts beyond this are refused: no file is that long, and sums cannot overflow.
constexpr std::int64_t max_index = std::int64_t{1} << 53;

struct Problem {
  std::string text;
};

std::string shown(const json::value& v) {
  return printable(json::serialize(v), 60);
}

/// An integer from 0 to max_index; a whole double (as some tools write) counts.
std::optional<std::int64_t> index_of(const json::object& o, const char* key) {
  const json::value* v = o.if_contains(key);
  if (v == nullptr)
    return std::nullopt;
  if (v->is_int64() && v->get_int64() >= 0 && v->get_int64() <= max_index)
    return v->get_int64();
  if (v->is_double() && v->get_double() >= 0 && v->get_double() <= static_cast<double>(max_index) &&
      v->get_double() == std::floor(v->get_double()))
    return static_cast<std::int64_t>(v->get_double());
  throw Problem{
      fmt::format("{} is {}; it must be an integer from 0 to {}", key, shown(*v), max_index)};
}

std::optional<std::string> string_of(const json::object& o, const char* key) {
  const json::value* v = o.if_contains(key);
  if (v == nullptr)
    return std::nullopt;
  if (!v->is_string())
    throw Problem{fmt::format("{} is {}; it must be a string", key, shown(*v))};
  return std::string(v->get_string());
}

/// ^(c|r)(f32|f64|i32|i16|u32|u16|i8|u8)(_le|_be)?$
IqFormat parse_datatype(const std::string& text, Strictness strictness) {
  constexpr const char* supported = "cf32, cf64, ci32 and ci16 (each _le or _be) and ci8 are read";
  const auto refuse = [&](const char* why) {
    return Problem{fmt::format("core:datatype \"{}\" {}; {}", printable(text, 40), why, supported)};
  };
  std::string name = text;
  std::optional<ByteOrder> order;
  if (name.ends_with("_le") || name.ends_with("_be")) {
    order = name.ends_with("_le") ? ByteOrder::little : ByteOrder::big;
    name.resize(name.size() - 3);
  }
  IqFormat f;
  if (name == "cf32")
    f.number = IqNumber::float32;
  else if (name == "cf64")
    f.number = IqNumber::float64;
  else if (name == "ci32")
    f.number = IqNumber::int32;
  else if (name == "ci16")
    f.number = IqNumber::int16;
  else if (name == "ci8")
    f.number = IqNumber::int8;
  else if (name == "cu8" || name == "cu16" || name == "cu32")
    throw refuse("is unsigned");
  else if (name.starts_with("r"))
    throw refuse("is real, not complex");
  else
    throw refuse("is not supported");
  const bool one_byte = f.number == IqNumber::int8;
  if (strictness == Strictness::strict && one_byte && order)
    throw refuse("must not name a byte order");
  if (strictness == Strictness::strict && !one_byte && !order)
    throw refuse("must name its byte order");
  f.byte_order = one_byte ? ByteOrder::little : order.value_or(ByteOrder::little);
  f.width = static_cast<std::uint8_t>(8 * component_bytes(f.number));
  return f;
}

/// MAJOR.MINOR.PATCH
bool is_version(const std::string& s) {
  int dots = 0;
  bool digit = false;
  for (const char c : s) {
    if (c == '.') {
      if (!digit)
        return false;
      ++dots;
      digit = false;
    } else if (c >= '0' && c <= '9') {
      digit = true;
    } else {
      return false;
    }
  }
  return dots == 2 && digit;
}

void check_strictly(const json::object& root, const json::object& global) {
  const auto version = string_of(global, "core:version");
  if (!version || !is_version(*version))
    throw Problem{"core:version is missing or not MAJOR.MINOR.PATCH"};
  for (const char* key : {"captures", "annotations"}) {
    const json::value* v = root.if_contains(key);
    if (v == nullptr || !v->is_array())
      throw Problem{fmt::format("{} is missing or not an array", key)};
  }
  std::int64_t last = 0;
  for (const json::value& v : root.at("annotations").get_array()) {
    const auto start = v.is_object() ? index_of(v.get_object(), "core:sample_start") : std::nullopt;
    if (!start || *start < last)
      throw Problem{"an annotation lacks core:sample_start or is out of order"};
    last = *start;
  }
}

void refuse_required_extensions(const json::object& global) {
  const json::value* list = global.if_contains("core:extensions");
  if (list == nullptr || !list->is_array())
    return;
  for (const json::value& v : list->get_array()) {
    if (!v.is_object())
      continue;
    const json::value* optional = v.get_object().if_contains("optional");
    const json::value* name = v.get_object().if_contains("name");
    if (optional != nullptr && optional->is_bool() && !optional->get_bool())
      throw Problem{fmt::format("the extension {} is required to read it (optional: false) but not "
                                "supported",
                                name != nullptr ? shown(*name) : "without a name")};
  }
}

std::vector<SigmfCapture>
parse_captures(const json::object& root, std::int64_t offset, Strictness strictness) {
  std::vector<SigmfCapture> captures;
  const json::value* list = root.if_contains("captures");
  if (list != nullptr && !list->is_array())
    throw Problem{"captures is not an array"};
  if (list != nullptr) {
    for (const json::value& v : list->get_array()) {
      const auto which = fmt::format("capture {}", captures.size());
      if (!v.is_object())
        throw Problem{which + " is not an object"};
      const json::object& o = v.get_object();
      SigmfCapture c;
      auto start = index_of(o, "core:sample_start");
      if (!start && (strictness == Strictness::strict || !captures.empty()))
        throw Problem{which + " lacks core:sample_start"};
      // All indices count from core:offset; recordings that forget it count from the file.
      if (start && *start >= offset)
        c.sample_start = *start - offset;
      else if (start && strictness == Strictness::lenient)
        c.sample_start = *start;
      else if (start)
        throw Problem{fmt::format("{} starts at {}, before core:offset {}", which, *start, offset)};
      c.global_index = index_of(o, "core:global_index");
      c.header_bytes = index_of(o, "core:header_bytes").value_or(0);
      if (!captures.empty() && c.sample_start < captures.back().sample_start)
        throw Problem{fmt::format("{} starts before the one ahead of it", which)};
      captures.push_back(c);
    }
  }
  if (captures.empty())
    captures.push_back({});
  return captures;
}

SigmfMetadata parse(std::string_view text, Strictness strictness) {
  boost::system::error_code error;
  const json::value value = json::parse(json::string_view(text.data(), text.size()), error);
  if (error)
    throw Problem{fmt::format("it is no valid JSON ({})", error.message())};
  const json::value* global_value =
      value.is_object() ? value.get_object().if_contains("global") : nullptr;
  if (global_value == nullptr || !global_value->is_object())
    throw Problem{"it has no object \"global\""};
  const json::object& root = value.get_object();
  const json::object& global = global_value->get_object();

  SigmfMetadata m;
  const auto datatype = string_of(global, "core:datatype");
  if (!datatype)
    throw Problem{"core:datatype is missing"};
  m.format = parse_datatype(*datatype, strictness);
  if (strictness == Strictness::strict)
    check_strictly(root, global);
  refuse_required_extensions(global);
  const auto channels = index_of(global, "core:num_channels").value_or(1);
  if (channels < 1 || channels > max_rx_ports)
    throw Problem{
        fmt::format("core:num_channels is {}; 1 to {} are supported", channels, max_rx_ports)};
  m.n_channels = static_cast<std::int32_t>(channels);
  if (const json::value* rate = global.if_contains("core:sample_rate"); rate != nullptr) {
    boost::system::error_code no_number;
    const double hz = rate->to_number<double>(no_number);
    if (no_number || !(hz > 0) || hz > 1e12)
      throw Problem{
          fmt::format("core:sample_rate is {}; it must be a positive number of Hz", shown(*rate))};
    m.sample_rate_hz = hz;
  }
  m.trailing_bytes = index_of(global, "core:trailing_bytes").value_or(0);
  if (const json::value* only = global.if_contains("core:metadata_only"); only != nullptr)
    m.metadata_only = only->is_bool() && only->get_bool();
  m.dataset = string_of(global, "core:dataset");
  if (m.dataset && (m.dataset->empty() || m.dataset->find('/') != std::string::npos ||
                    m.dataset->find('\0') != std::string::npos))
    throw Problem{"core:dataset must be a file name in the same folder"};
  m.sha512 = string_of(global, "core:sha512");
  m.captures = parse_captures(root, index_of(global, "core:offset").value_or(0), strictness);
  return m;
}

} // namespace

Result<SigmfMetadata>
parse_sigmf_metadata(std::string_view text, Strictness strictness, const std::string& where) {
  try {
    return parse(text, strictness);
  } catch (const Problem& p) {
    return file_error(where + ": " + p.text);
  } catch (const std::exception& e) {
    return file_error(where + ": it cannot be read (" + e.what() + ")");
  }
}

} // namespace airan::io
