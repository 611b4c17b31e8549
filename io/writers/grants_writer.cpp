// SPDX-License-Identifier: Apache-2.0
// Writing grants files.
#include "io/writers/grants_writer.hpp"

#include "io/files/grants_fields.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <iterator>

namespace airan::io {
namespace {

template <class Owner>
void write_fields(std::string& text, const Owner& owner, std::span<const GrantField<Owner>> table) {
  bool first = true;
  for (const auto& f : table) {
    std::visit(
        [&](auto member) {
          const auto& kept = owner.*member;
          if constexpr (std::is_same_v<std::remove_cvref_t<decltype(kept)>, std::int32_t>) {
            fmt::format_to(std::back_inserter(text), "{}\"{}\":{}", first ? "" : ",", f.name, kept);
            first = false;
          } else if (kept) {
            fmt::format_to(std::back_inserter(text), "{}\"{}\":{}", first ? "" : ",", f.name,
                           *kept);
            first = false;
          }
        },
        f.member);
  }
}

void write_expectation(std::string& text, const Expectation& e) {
  text += ",\"expect\":{";
  if (e.crc_ok)
    text += *e.crc_ok ? "\"crc_ok\":true" : "\"crc_ok\":false";
  if (e.payload_sha256)
    fmt::format_to(std::back_inserter(text), "{}\"payload_sha256\":\"{}\"", e.crc_ok ? "," : "",
                   *e.payload_sha256);
  text += '}';
}

} // namespace

std::string grants_line(const SlotGrants& grants) {
  std::string text = "{";
  if (grants.cell)
    fmt::format_to(std::back_inserter(text), "\"cell\":{},", *grants.cell);
  fmt::format_to(std::back_inserter(text), "\"sfn\":{},\"slot\":{},\"pusch\":[", grants.sfn,
                 grants.slot);
  for (std::size_t i = 0; i < grants.pusch.size(); ++i) {
    const PuschGrant& g = grants.pusch[i];
    text += i == 0 ? "{" : ",{";
    write_fields(text, g, pusch_fields());
    if (g.ptrs) {
      text += ",\"ptrs\":{";
      write_fields(text, *g.ptrs, ptrs_fields());
      text += '}';
    }
    if (g.expect)
      write_expectation(text, *g.expect);
    text += '}';
  }
  return text + "]}";
}

GrantsWriter::GrantsWriter(std::ofstream file, std::string path)
    : file_(std::move(file)), path_(std::move(path)) {}

Result<GrantsWriter> GrantsWriter::create(const std::string& path) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  if (!file)
    return file_error(fmt::format("cannot write {}: {}", path, std::strerror(errno)));
  return GrantsWriter(std::move(file), path);
}
Result<void> GrantsWriter::append(const SlotGrants& grants) {
  file_ << grants_line(grants) << '\n';
  if (!file_)
    return file_error(fmt::format("cannot write {}", path_));
  return {};
}
Result<void> GrantsWriter::finish() {
  file_.close();
  if (!file_)
    return file_error(fmt::format("cannot write {}", path_));
  return {};
}

} // namespace airan::io
