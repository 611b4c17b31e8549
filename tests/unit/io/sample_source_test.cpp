// SPDX-License-Identifier: Apache-2.0
// Tests of slots cut from time-domain recordings.
#include "io/open_source.hpp"
#include "io/writers/recording_writers.hpp"
#include "tests/unit/io/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>
#include <sys/stat.h>
#include <vector>

namespace airan::io {
namespace {

using test::TemporaryFolder;
using ::testing::HasSubstr;

/// 30 kHz, FFT of 128: slots of 1920 + 8 samples (the first of a half subframe is longer), that is
/// 0.5 ms each at 3.84 MS/s.
CellSettings small_cell(std::int32_t ports) {
  CellSettings c;
  c.numerology = 1;
  c.n_prb = 10;
  c.rx_ports = ports;
  c.fft_size = 128;
  return c;
}

SourceSettings raw(const std::string& path, RawFormat format = RawFormat::sc16) {
  SourceSettings s;
  s.type = SourceType::raw;
  s.path = path;
  s.raw_format = format;
  return s;
}
SourceSettings sigmf(const std::string& path) {
  SourceSettings s;
  s.path = path;
  return s;
}

/// Sample n of port p carries its own number: I = n mod 2^14, Q = p * 100 + n / 2^14, so that any
/// misplacement shows. Integers below 2^15 are exact in every format.
std::vector<std::int16_t> numbered(std::int64_t n, std::int32_t ports) {
  std::vector<std::int16_t> v;
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int32_t p = 0; p < ports; ++p) {
      v.push_back(static_cast<std::int16_t>(i & 0x3FFF));
      v.push_back(static_cast<std::int16_t>(p * 100 + (i >> 14)));
    }
  return v;
}
std::string_view bytes_of(const std::vector<std::int16_t>& v) {
  return {reinterpret_cast<const char*>(v.data()), v.size() * 2};
}

/// The number of the sample that lies at index `n` of a slot (int16), checked on every port.
std::int64_t number_at(const TimeDomainIq& iq, std::int64_t n) {
  std::int64_t number = 0;
  for (std::int32_t p = 0; p < iq.n_ports; ++p) {
    std::int16_t re = 0, im = 0;
    const std::byte* at = iq.bytes.data() + (n + iq.margin) * iq.sample_stride + p * iq.port_stride;
    std::memcpy(&re, at, 2);
    std::memcpy(&im, at + 2, 2);
    number = re + ((im - p * 100) << 14);
    if (p > 0) {
      EXPECT_EQ(im / 100, p);
    }
  }
  return number;
}

bool is_missing(const TimeDomainIq& iq, std::int64_t n) {
  for (const SampleRange& r : iq.missing)
    if (n >= r.first && n < r.first + r.count)
      return true;
  return false;
}

const TimeDomainIq& time_domain(const SlotIq* slot) {
  return std::get<TimeDomainIq>(slot->iq);
}

TEST(SampleSource, CutsSlotsWithAMarginOfOnePrefixOnBothSides) {
  const TemporaryFolder folder;
  const auto samples = numbered(8000, 3);
  const auto path = folder.write("r.sc16", bytes_of(samples));
  const CellSettings cell = small_cell(3);
  const OfdmTiming timing{1, CyclicPrefix::normal, 128};
  auto source = open_source(raw(path), cell, {40, 0, 2});
  ASSERT_TRUE(source) << source.error().message;
  // 8000 samples are four slots of 1920 samples and a part of the fifth.
  EXPECT_EQ((*source)->end_count(), 45);
  std::int64_t start = 0;
  for (std::int64_t count = 40; count < 44; ++count) {
    const auto slot = (*source)->read(slot_id_at(1, count, 1));
    ASSERT_TRUE(slot);
    const TimeDomainIq& iq = time_domain(*slot);
    EXPECT_EQ((*slot)->id.count, count);
    EXPECT_EQ(iq.n_samples, timing.slot_samples(static_cast<std::int32_t>(count % 2)));
    EXPECT_EQ(iq.margin, timing.max_cp_samples());
    EXPECT_EQ(iq.n_ports, 3);
    EXPECT_EQ(iq.bytes.size(),
              static_cast<std::size_t>((iq.n_samples + 2 * iq.margin) * iq.sample_stride));
    for (std::int64_t n = count == 40 ? 0 : -iq.margin; n < iq.n_samples + iq.margin; ++n)
      ASSERT_EQ(number_at(iq, n), start + n);
    EXPECT_EQ(iq.missing.size(), count == 40 ? 1U : 0U);
    start += iq.n_samples;
    (*source)->release(*slot);
  }
  EXPECT_EQ(start, 4 * 1920);
}

TEST(SampleSource, FlagsWhatLiesBeforeAndAfterTheRecording) {
  const TemporaryFolder folder;
  const auto path = folder.write("r.sc16", bytes_of(numbered(3000, 1)));
  auto source = open_source(raw(path), small_cell(1), {0, 0, 4});
  ASSERT_TRUE(source);
  const auto first = time_domain(*(*source)->read(slot_id_at(1, 0, 1)));
  ASSERT_EQ(first.missing.size(), 1U);
  EXPECT_EQ(first.missing[0].first, -first.margin);
  EXPECT_EQ(first.missing[0].count, first.margin);
  // Slot 1 begins at sample 1920; the recording ends at its sample 1080.
  const auto last = time_domain(*(*source)->read(slot_id_at(1, 1, 1)));
  ASSERT_EQ(last.missing.size(), 1U);
  EXPECT_EQ(last.missing[0].first, 1080);
  EXPECT_EQ(last.missing[0].count, last.n_samples + last.margin - 1080);
  EXPECT_EQ(number_at(last, 1079), 2999);
  EXPECT_EQ(number_at(last, 1080), 0);
  // Wholly outside.
  const auto outside = time_domain(*(*source)->read(slot_id_at(1, 5000, 1)));
  ASSERT_EQ(outside.missing.size(), 1U);
  EXPECT_EQ(outside.missing[0].count, outside.n_samples + 2 * outside.margin);
  EXPECT_EQ((*source)->trouble().n_unreadable, 0);
}

TEST(SampleSource, StartsAtTheSampleThatSynchronisationFound) {
  const TemporaryFolder folder;
  const auto path = folder.write("r.sc16", bytes_of(numbered(9000, 1)));
  auto source = open_source(raw(path), small_cell(1), {7, 777, 2});
  ASSERT_TRUE(source);
  EXPECT_EQ(number_at(time_domain(*(*source)->read(slot_id_at(1, 7, 1))), 0), 777);
  // The slot before, which the recording holds in part.
  const auto before = time_domain(*(*source)->read(slot_id_at(1, 6, 1)));
  EXPECT_EQ(number_at(before, 1919), 776);
  EXPECT_TRUE(is_missing(before, 0));
  EXPECT_FALSE(is_missing(before, 1920 - 777));
  EXPECT_TRUE(is_missing(before, 1920 - 778));
}

TEST(SampleSource, ReadsBeyondFourGigabytes) {
  const TemporaryFolder folder;
  // Sparse: 5 GiB of zeros, then one slot.
  const std::int64_t stride = 4;
  const std::int64_t n_zeros = (std::int64_t{5} << 30) / stride / 1920 * 1920;
  const auto path = folder.write("r.sc16", "");
  std::filesystem::resize_file(path, static_cast<std::uintmax_t>(n_zeros * stride));
  const auto tail = numbered(1920, 1);
  std::ofstream(path, std::ios::binary | std::ios::app) << bytes_of(tail);
  auto source = open_source(raw(path), small_cell(1), {0, 0, 1});
  ASSERT_TRUE(source) << source.error().message;
  const std::int64_t last = n_zeros / 1920;
  EXPECT_EQ((*source)->end_count(), last + 1);
  const auto slot = (*source)->read(slot_id_at(1, last, 1));
  EXPECT_EQ(number_at(time_domain(*slot), 1919), 1919);
  EXPECT_EQ(number_at(time_domain(*slot), -1), 0);
}

TEST(SampleSource, ErasesAndCountsWhatVanishesWhileItRuns) {
  const TemporaryFolder folder;
  const auto path = folder.write("r.sc16", bytes_of(numbered(1920 * 4, 2)));
  auto source = open_source(raw(path), small_cell(2), {0, 0, 1});
  ASSERT_TRUE(source);
  std::filesystem::resize_file(path, 8 * 2500 + 3); // 2500 samples and a part of one
  const auto slot = (*source)->read(slot_id_at(1, 1, 1));
  ASSERT_TRUE(slot);
  const TimeDomainIq& iq = time_domain(*slot);
  EXPECT_EQ(number_at(iq, 2499 - 1920), 2499);
  EXPECT_TRUE(is_missing(iq, 2500 - 1920));
  EXPECT_EQ((*source)->trouble().n_unreadable, 1920 + iq.margin - (2500 - 1920));
  EXPECT_THAT((*source)->trouble().sentence, HasSubstr("SFN 0 slot 1"));
}

TEST(SampleSource, RefusesRawFilesThatCannotBeWholeRecordings) {
  const TemporaryFolder folder;
  const CellSettings cell = small_cell(3);
  const auto error = [&](const std::string& path) {
    const auto r = open_source(raw(path), cell, {});
    EXPECT_FALSE(r);
    return r ? std::string() : r.error().message;
  };
  EXPECT_THAT(error(folder.write("t", std::string(1201, 'x'))), HasSubstr("truncated"));
  EXPECT_THAT(error(folder.write("e", "")), HasSubstr("empty"));
  EXPECT_THAT(error(folder.path("absent")), HasSubstr("No such file"));
  EXPECT_THAT(error(folder.root()), HasSubstr("folder"));
  EXPECT_THAT(error("/dev/zero"), HasSubstr("not a regular file"));
  // A FIFO that nobody writes to must not hang.
  ASSERT_EQ(::mkfifo(folder.path("fifo").c_str(), 0600), 0);
  EXPECT_THAT(error(folder.path("fifo")), HasSubstr("not a regular file"));
}

TEST(ReadSamples, ReadsARangeForSynchronisation) {
  const TemporaryFolder folder;
  const auto path = folder.write("r.sc16", bytes_of(numbered(5000, 2)));
  const auto chunk = read_samples(raw(path), small_cell(2), {4000, 2000});
  ASSERT_TRUE(chunk) << chunk.error().message;
  EXPECT_EQ(chunk->n_recorded, 5000);
  EXPECT_EQ(chunk->iq.n_samples, 1000);
  EXPECT_EQ(number_at(chunk->iq, 999), 4999);
  EXPECT_EQ(chunk->iq.missing.size(), 0U);
}

TEST(ReadSamples, AllocatesWhatIsRecordedAndNotWhatIsAskedFor) {
  const TemporaryFolder folder;
  const auto path = folder.write("r.sc16", bytes_of(numbered(5000, 2)));
  const auto chunk = read_samples(raw(path), small_cell(2), {0, std::int64_t{1} << 60});
  ASSERT_TRUE(chunk) << chunk.error().message;
  EXPECT_EQ(chunk->iq.n_samples, 5000);
  EXPECT_EQ(chunk->bytes.size(), 5000U * 8);
}

TEST(ReadSamples, RefusesAStretchThatWouldFillTheMemory) {
  const TemporaryFolder folder;
  const auto path = folder.write("r.sc16", bytes_of(numbered(1, 2)));
  std::filesystem::resize_file(path, std::uintmax_t{1} << 40); // holes only
  const auto chunk = read_samples(raw(path), small_cell(2), {0, std::int64_t{1} << 31});
  ASSERT_FALSE(chunk);
  EXPECT_THAT(chunk.error().message, HasSubstr("lower sync_search_ms"));
}

// ---- SigMF: gaps and what the writer writes.

TEST(SigmfSource, HonoursGapsBetweenCaptures) {
  const TemporaryFolder folder;
  folder.write("g.sigmf-data", bytes_of(numbered(3000, 1)));
  const auto meta = folder.write("g.sigmf-meta", R"({"global":{"core:datatype":"ci16_le",
    "core:version":"1.2.5","core:sample_rate":3840000},"captures":[
    {"core:sample_start":0,"core:global_index":1000},
    {"core:sample_start":500,"core:global_index":1600},
    {"core:sample_start":700,"core:global_index":1800},
    {"core:sample_start":1000,"core:global_index":4100}],"annotations":[]})");
  auto source = open_source(sigmf(meta), small_cell(1), {0, 0, 2});
  ASSERT_TRUE(source) << source.error().message;
  const auto slot = (*source)->read(slot_id_at(1, 0, 1));
  const TimeDomainIq& iq = time_domain(*slot);
  // 100 samples are missing at 500; from 1100 of the time line the next gap.
  EXPECT_EQ(number_at(iq, 499), 499);
  EXPECT_EQ(number_at(iq, 600), 500);
  EXPECT_EQ(number_at(iq, 1099), 999);
  for (const std::int64_t n : {500, 599, 1100, 1919, -1})
    EXPECT_TRUE(is_missing(iq, n)) << n;
  for (const std::int64_t n : {0, 499, 600, 800, 1099})
    EXPECT_FALSE(is_missing(iq, n)) << n;
  EXPECT_EQ(iq.missing.size(), 3U);
  const auto second = (*source)->read(slot_id_at(1, 1, 1));
  EXPECT_EQ(number_at(time_domain(*second), 3100 - 1920), 1000);
  EXPECT_TRUE(is_missing(time_domain(*second), 3099 - 1920));
  // The last sample lies at 3100 + 2000 - 1 of the time line.
  EXPECT_EQ((*source)->end_count(), 5099 / 1920 + 1);
}

TEST(SigmfSource, GivesUpSamplesBetweenGapsWhenASlotHasTooMany) {
  const TemporaryFolder folder;
  folder.write("g.sigmf-data", bytes_of(numbered(4000, 1)));
  std::string captures;
  for (int i = 0; i < 300; ++i) // 2 samples, then 2 missing
    captures += (i == 0 ? "" : ",") + std::string("{\"core:sample_start\":") +
                std::to_string(2 * i) + ",\"core:global_index\":" + std::to_string(4 * i) + "}";
  const auto meta = folder.write("g.sigmf-meta", R"({"global":{"core:datatype":"ci16_le"},)"
                                                 R"("captures":[)" +
                                                     captures + "]}");
  auto source = open_source(sigmf(meta), small_cell(1), {0, 0, 1});
  ASSERT_TRUE(source) << source.error().message;
  const auto slot = (*source)->read(slot_id_at(1, 0, 1));
  const TimeDomainIq& iq = time_domain(*slot);
  EXPECT_LE(iq.missing.size(), 64U);
  // Nothing that is missing may pass for data.
  for (std::int64_t n = 0; n < 1196; ++n) {
    if (n % 4 >= 2) {
      EXPECT_TRUE(is_missing(iq, n)) << n;
    }
  }
  EXPECT_FALSE(is_missing(iq, 1));
  EXPECT_FALSE(is_missing(iq, 1919));
}

struct FormatCase {
  const char* name;
  IqFormat format;
};

TEST(SigmfWriter, RoundTripsEveryFormatAndByteOrder) {
  const TemporaryFolder folder;
  const std::vector<FormatCase> cases{
      {"cf32_le", {IqNumber::float32, ByteOrder::little, 32}},
      {"cf32_be", {IqNumber::float32, ByteOrder::big, 32}},
      {"cf64_le", {IqNumber::float64, ByteOrder::little, 64}},
      {"cf64_be", {IqNumber::float64, ByteOrder::big, 64}},
      {"ci8", {IqNumber::int8, ByteOrder::little, 8}},
      {"ci16_le", {IqNumber::int16, ByteOrder::little, 16}},
      {"ci16_be", {IqNumber::int16, ByteOrder::big, 16}},
      {"ci32_le", {IqNumber::int32, ByteOrder::little, 32}},
      {"ci32_be", {IqNumber::int32, ByteOrder::big, 32}},
  };
  for (const FormatCase& c : cases) {
    SCOPED_TRACE(c.name);
    const std::string path = folder.path(std::string(c.name) + ".sigmf-meta");
    // 1/64 steps are exact in all formats; 1.5 saturates the integers.
    std::vector<cf32> samples{{0.25F, -0.5F}, {-1.0F, 0.984375F}, {1.5F, 0.015625F}};
    auto writer = SigmfWriter::create(path, {c.format, 3.84e6, 1, 3.5e9, c.name});
    ASSERT_TRUE(writer) << writer.error().message;
    ASSERT_TRUE(writer->append(View<const cf32, 2>(samples.data(), {1, 3})));
    ASSERT_TRUE(writer->finish());
    EXPECT_THAT(TemporaryFolder::read(path), HasSubstr(c.name));
    auto settings = sigmf(path);
    settings.strictness = Strictness::strict; // checks the SHA-512 as well
    const auto opened = open_source(settings, small_cell(1), {});
    ASSERT_TRUE(opened) << opened.error().message;
    const auto chunk = read_samples(settings, small_cell(1), {0, 3});
    ASSERT_TRUE(chunk);
    EXPECT_EQ(chunk->iq.format, c.format);
    const bool is_integer =
        c.format.number != IqNumber::float32 && c.format.number != IqNumber::float64;
    EXPECT_EQ(writer->n_saturated(), is_integer ? 1 : 0);
    const auto component = static_cast<std::size_t>(component_bytes(c.format.number));
    // Decoded here byte by byte, most significant first.
    const auto decode = [&](std::size_t index) {
      std::uint64_t w = 0;
      for (std::size_t i = 0; i < component; ++i) {
        const std::size_t at = c.format.byte_order == ByteOrder::big ? i : component - 1 - i;
        w = w << 8 | std::to_integer<std::uint64_t>(chunk->bytes[index * component + at]);
      }
      if (c.format.number == IqNumber::float32)
        return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(w)));
      if (c.format.number == IqNumber::float64)
        return std::bit_cast<double>(w);
      const int unused = static_cast<int>(64 - 8 * component);
      return static_cast<double>(static_cast<std::int64_t>(w << unused) >> unused) /
             std::pow(2.0, 8.0 * static_cast<double>(component) - 1);
    };
    EXPECT_EQ(decode(0), 0.25);
    EXPECT_EQ(decode(1), -0.5);
    EXPECT_EQ(decode(2), -1.0);
    EXPECT_EQ(decode(3), 0.984375);
    EXPECT_EQ(decode(4),
              is_integer ? 1.0 - std::pow(2.0, 1 - 8.0 * static_cast<double>(component)) : 1.5);
    EXPECT_EQ(decode(5), 0.015625);
  }
}

TEST(SigmfWriter, WritesGapsAsCapturesWithAGlobalIndex) {
  const TemporaryFolder folder;
  const std::string path = folder.path("gap");
  auto writer =
      SigmfWriter::create(path, {{IqNumber::int16, ByteOrder::little, 16}, 3.84e6, 2, {}, ""});
  ASSERT_TRUE(writer);
  std::vector<cf32> samples(2 * 100, {0.5F, 0});
  const View<const cf32, 2> view(samples.data(), {2, 100});
  ASSERT_TRUE(writer->append(view));
  writer->skip(50);
  ASSERT_TRUE(writer->append(view));
  ASSERT_TRUE(writer->finish());
  const auto chunk = read_samples(sigmf(path), small_cell(2), {0, 250});
  ASSERT_TRUE(chunk) << chunk.error().message;
  EXPECT_EQ(chunk->n_recorded, 250);
  ASSERT_EQ(chunk->missing.size(), 1U);
  EXPECT_EQ(chunk->missing[0].first, 100);
  EXPECT_EQ(chunk->missing[0].count, 50);
}

TEST(SigmfSource, StatesItsRateAndChannelsAndRefusesACellThatDiffers) {
  const TemporaryFolder folder;
  folder.write("r.sigmf-data", bytes_of(numbered(2000, 2)));
  const auto meta = folder.write("r.sigmf-meta", R"({"global":{"core:datatype":"ci16_le",
    "core:sample_rate":3.84e6,"core:num_channels":2},"captures":[]})");
  // The data file or the name that both share open it too.
  for (const std::string& path : {meta, folder.path("r.sigmf-data"), folder.path("r")}) {
    const auto facts = probe_recording(sigmf(path));
    ASSERT_TRUE(facts) << facts.error().message;
    EXPECT_EQ(facts->sample_rate_hz, 3.84e6);
    EXPECT_EQ(facts->rx_ports, 2);
  }
  EXPECT_THAT(open_source(sigmf(meta), small_cell(1), {}).error().message, HasSubstr("channels"));
  auto other_rate = small_cell(2);
  other_rate.fft_size = 256;
  EXPECT_THAT(open_source(sigmf(meta), other_rate, {}).error().message, HasSubstr("7680000"));
}

} // namespace
} // namespace airan::io
