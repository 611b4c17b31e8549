// SPDX-License-Identifier: Apache-2.0
// Writes O-RAN fronthaul frames into a caller's buffer.
#include "io/oran/build_frame.hpp"

#include "core/assert.hpp"
#include "io/oran/frame_layout.hpp"

#include <algorithm>
#include <string>

namespace airan::io::oran {

namespace {

/// Appends to a buffer. Once something did not fit, nothing more is written.
class ByteWriter {
public:
  explicit ByteWriter(std::span<std::byte> out) : out_(out) {}

  std::size_t size() const { return size_; }
  bool fits() const { return fits_; }

  /// Appends a header of N zero bytes and lets `fill` set its fields.
  template <std::size_t N, class Fill>
  void header(const Fill& fill) {
    if (const std::span<std::byte> to = take(N); to.size() == N) {
      std::ranges::fill(to, std::byte{0});
      fill(to.template first<N>());
    }
  }
  void bytes(std::span<const std::byte> from) {
    if (const std::span<std::byte> to = take(from.size()); to.size() == from.size())
      std::ranges::copy(from, to.begin());
  }
  void pad_to(std::size_t n) {
    if (size_ < n)
      std::ranges::fill(take(n - size_), std::byte{0});
  }

private:
  std::span<std::byte> take(std::size_t n) {
    fits_ = fits_ && n <= out_.size() - size_;
    if (!fits_)
      return {};
    size_ += n;
    return out_.subspan(size_ - n, n);
  }

  std::span<std::byte> out_;
  std::size_t size_ = 0;
  bool fits_ = true;
};

template <layout::Field F, std::size_t N>
void set(std::span<std::byte, N> header, std::uint32_t value) {
  AIRAN_ASSERT(value <= F.max(), std::to_string(value) + " does not fit a field of " +
                                     std::to_string(F.width) + " bits");
  layout::write<F>(header, value);
}

template <layout::Field Width, layout::Field Method, std::size_t N>
void set_compression(std::span<std::byte, N> header, const SectionCompression& compression) {
  set<Width>(header, compression.width == 16 ? 0U : compression.width);
  set<Method>(header, compression.method == CompressionMethod::bfp
                          ? layout::compression::method_bfp
                          : layout::compression::method_none);
}

void put_mac(std::span<std::byte> to, const MacAddress& address) {
  std::ranges::transform(address, to.begin(), [](std::uint8_t b) { return std::byte{b}; });
}

void write_ethernet(ByteWriter& out, const FrameHeader& header) {
  namespace l = layout::ethernet;
  out.header<l::n_bytes>([&](std::span<std::byte, l::n_bytes> h) {
    put_mac(h.subspan<l::destination_at, l::mac_bytes>(), header.destination);
    put_mac(h.subspan<l::source_at, l::mac_bytes>(), header.source);
    set<l::ethertype>(h, header.vlan ? l::ethertype_vlan : l::ethertype_ecpri);
  });
  if (!header.vlan)
    return;
  out.header<layout::vlan::n_bytes>([&](std::span<std::byte, layout::vlan::n_bytes> h) {
    set<layout::vlan::priority>(h, header.vlan_priority);
    set<layout::vlan::id>(h, *header.vlan);
    set<layout::vlan::ethertype>(h, l::ethertype_ecpri);
  });
}

/// `payload_bytes` follow the eCPRI common header.
void write_ecpri(ByteWriter& out,
                 const FrameHeader& header,
                 std::uint32_t message_type,
                 std::size_t payload_bytes) {
  out.header<layout::ecpri::n_bytes>([&](std::span<std::byte, layout::ecpri::n_bytes> h) {
    set<layout::ecpri::revision>(h, layout::ecpri::revision_1);
    set<layout::ecpri::message_type>(h, message_type);
    set<layout::ecpri::payload_size>(h, static_cast<std::uint32_t>(payload_bytes));
  });
  namespace l = layout::ecpri_message;
  out.header<l::n_bytes>([&](std::span<std::byte, l::n_bytes> h) {
    set<l::eaxc>(h, header.eaxc);
    set<l::sequence>(h, header.sequence);
    set<l::e_bit>(h, 1);
  });
}

void write_application(ByteWriter& out, const FrameHeader& header) {
  namespace l = layout::application;
  out.header<l::n_bytes>([&](std::span<std::byte, l::n_bytes> h) {
    set<l::payload_version>(h, l::payload_version_1);
    set<l::filter_index>(h, header.filter_index);
    set<l::frame>(h, header.frame);
    set<l::subframe>(h, header.subframe);
    set<l::slot>(h, header.slot);
    set<l::symbol>(h, header.symbol);
  });
}

/// U-plane and C-plane sections begin alike.
template <class Section>
void write_section_start(ByteWriter& out, const Section& section) {
  namespace l = layout::section;
  out.header<l::n_bytes>([&](std::span<std::byte, l::n_bytes> h) {
    set<l::id>(h, section.id);
    set<l::first_prb>(h, section.first_prb);
    set<l::n_prb>(h, section.n_prb);
  });
}

void write_control_header(ByteWriter& out, const CplaneHeader& control, std::size_t n_sections) {
  out.header<layout::control::n_bytes>([&](std::span<std::byte, layout::control::n_bytes> h) {
    set<layout::control::n_sections>(h, static_cast<std::uint32_t>(n_sections));
    set<layout::control::section_type>(h, static_cast<std::uint32_t>(control.type));
  });
  if (control.type == SectionType::normal) {
    namespace l = layout::control_type1;
    out.header<l::n_bytes>([&](std::span<std::byte, l::n_bytes> h) {
      if (control.compression)
        set_compression<l::width, l::method>(h, *control.compression);
    });
    return;
  }
  namespace l = layout::control_type3; // type 0 differs in its last byte only, which is reserved
  out.header<l::n_bytes>([&](std::span<std::byte, l::n_bytes> h) {
    set<l::time_offset>(h, control.time_offset);
    set<l::frame_structure>(h, control.frame_structure);
    set<l::cp_length>(h, control.cp_length);
    if (control.type == SectionType::prach && control.compression)
      set_compression<l::width, l::method>(h, *control.compression);
  });
}

void write_control_section(ByteWriter& out, SectionType type, const CplaneSection& section) {
  namespace l = layout::control_section;
  AIRAN_ASSERT(section.extensions.size() % 4 == 0, "section extensions are of whole words");
  write_section_start(out, section);
  out.header<l::n_bytes>([&](std::span<std::byte, l::n_bytes> h) {
    set<l::re_mask>(h, section.re_mask);
    set<l::n_symbols>(h, section.n_symbols);
    if (type == SectionType::idle)
      return;
    set<l::extension_flag>(h, section.extensions.empty() ? 0 : 1);
    set<l::beam>(h, section.beam);
  });
  if (type == SectionType::idle)
    return;
  if (type == SectionType::prach)
    out.header<layout::frequency_offset::n_bytes>(
        [&](std::span<std::byte, layout::frequency_offset::n_bytes> h) {
          constexpr std::int32_t limit = 1 << 23;
          AIRAN_ASSERT(section.frequency_offset >= -limit && section.frequency_offset < limit,
                       std::to_string(section.frequency_offset) + " does not fit 24 bits");
          layout::write<layout::frequency_offset::value>(
              h, static_cast<std::uint32_t>(section.frequency_offset));
        });
  out.bytes(section.extensions);
}

std::size_t control_header_bytes(SectionType type) {
  return layout::control::n_bytes + (type == SectionType::normal ? layout::control_type1::n_bytes
                                                                 : layout::control_type3::n_bytes);
}

std::optional<std::size_t> finish(ByteWriter& out) {
  out.pad_to(layout::ethernet::min_frame_bytes);
  return out.fits() ? std::optional(out.size()) : std::nullopt;
}

} // namespace

std::optional<std::size_t> build_uplane_frame(const FrameHeader& header,
                                              std::span<const UplaneSection> sections,
                                              std::span<std::byte> out) {
  std::size_t payload = layout::ecpri_message::n_bytes + layout::application::n_bytes;
  for (const UplaneSection& section : sections)
    payload += layout::section::n_bytes +
               (section.compression ? layout::compression::n_bytes : 0U) + section.iq.size();
  if (payload > layout::ecpri::payload_size.max())
    return std::nullopt;

  ByteWriter writer(out);
  write_ethernet(writer, header);
  write_ecpri(writer, header, layout::ecpri::type_iq_data, payload);
  write_application(writer, header);
  for (const UplaneSection& section : sections) {
    write_section_start(writer, section);
    namespace l = layout::compression;
    if (section.compression)
      writer.header<l::n_bytes>([&](std::span<std::byte, l::n_bytes> h) {
        set_compression<l::width, l::method>(h, *section.compression);
      });
    writer.bytes(section.iq);
  }
  return finish(writer);
}

std::optional<std::size_t> build_cplane_frame(const FrameHeader& header,
                                              const CplaneHeader& control,
                                              std::span<const CplaneSection> sections,
                                              std::span<std::byte> out) {
  std::size_t payload = layout::ecpri_message::n_bytes + layout::application::n_bytes +
                        control_header_bytes(control.type);
  for (const CplaneSection& section : sections)
    payload += layout::section::n_bytes + layout::control_section::n_bytes +
               (control.type == SectionType::prach ? layout::frequency_offset::n_bytes : 0U) +
               section.extensions.size();
  if (payload > layout::ecpri::payload_size.max())
    return std::nullopt;

  ByteWriter writer(out);
  write_ethernet(writer, header);
  write_ecpri(writer, header, layout::ecpri::type_control, payload);
  write_application(writer, header);
  write_control_header(writer, control, sections.size());
  for (const CplaneSection& section : sections)
    write_control_section(writer, control.type, section);
  return finish(writer);
}

} // namespace airan::io::oran
