// SPDX-License-Identifier: Apache-2.0
// A section whose keys belong to members of different structs.
#pragma once

#include "config/field_table.hpp"

#include <string_view>

namespace airan::config {

/// A section whose value is a bundle of references: `make` gives it, and `describe(FieldTable&,
/// const Bundle&)` its keys. What the references refer to outlives the table.
template <class Make>
Field& bundle(FieldTable& table, std::string_view name, std::string_view doc, Make make) {
  Field& field = table.add(name, "section", "", doc);
  field.document_keys = [make] {
    FieldTable example;
    describe(example, make());
    return example.documented();
  };
  field.read = [make](const YamlNode& node, const ReadContext& context) {
    FieldTable fields;
    describe(fields, make());
    fields.read(node, context);
  };
  field.print = [make]() -> std::optional<YamlNode> {
    FieldTable fields;
    describe(fields, make());
    YamlNode printed = fields.print();
    return printed.items.empty() ? std::nullopt : std::optional(std::move(printed));
  };
  return field;
}

} // namespace airan::config
