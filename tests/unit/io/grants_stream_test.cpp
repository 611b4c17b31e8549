// SPDX-License-Identifier: Apache-2.0
// Grants that a scheduler writes to a UNIX socket.
#include "io/packets/grants_socket.hpp"
#include "io/packets/grants_stream.hpp"
#include "tests/support/unix_client.hpp"
#include "tests/unit/io/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <sys/stat.h>
#include <thread>

namespace airan::io {
namespace {

using test::TemporaryFolder;
using testing::HasSubstr;
using tests::UnixClient;
using Event = GrantsSocket::Event;

constexpr std::int64_t ms = 1'000'000;

TEST(GrantsSocket, HandsOutLinesHoweverTheyArrive) {
  const TemporaryFolder folder;
  auto socket = GrantsSocket::listen(folder.path("s"));
  ASSERT_TRUE(socket) << socket.error().message;
  UnixClient scheduler(folder.path("s"));
  scheduler.send("fir");
  scheduler.send("st\nsecond\n\nthi");
  EXPECT_EQ(socket->next(), Event::line);
  EXPECT_EQ(socket->line(), "first");
  EXPECT_EQ(socket->next(), Event::line);
  EXPECT_EQ(socket->line(), "second");
  EXPECT_EQ(socket->next(), Event::line);
  EXPECT_EQ(socket->line(), "");
  scheduler.send("rd"); // and no newline
  scheduler.close();
  EXPECT_EQ(socket->next(), Event::line);
  EXPECT_EQ(socket->line(), "third");
  EXPECT_EQ(socket->number(), 4);
  EXPECT_EQ(socket->next(), Event::ended);
  EXPECT_EQ(socket->next(), Event::ended);
}

TEST(GrantsSocket, SkipsALineThatIsTooLong) {
  const TemporaryFolder folder;
  auto socket = GrantsSocket::listen(folder.path("s"));
  ASSERT_TRUE(socket);
  // More than the socket's buffer holds: it is sent while it is read.
  std::thread scheduler([&] {
    UnixClient client(folder.path("s"));
    client.send("before\n" + std::string(3 * max_grants_line_bytes, 'x') + "\nafter\n");
    client.send(std::string(max_grants_line_bytes, 'y') + "\n");
    client.send(std::string(max_grants_line_bytes + 1, 'z'));
  });
  EXPECT_EQ(socket->next(), Event::line);
  EXPECT_EQ(socket->next(), Event::too_long);
  EXPECT_EQ(socket->number(), 2);
  EXPECT_EQ(socket->next(), Event::line);
  EXPECT_EQ(socket->line(), "after");
  EXPECT_EQ(socket->next(), Event::line) << "the longest that is allowed";
  EXPECT_EQ(socket->line().size(), max_grants_line_bytes);
  EXPECT_EQ(socket->next(), Event::too_long);
  EXPECT_EQ(socket->next(), Event::ended);
  EXPECT_EQ(socket->number(), 5);
  scheduler.join();
}

TEST(GrantsSocket, TakesOneSchedulerAtATime) {
  const TemporaryFolder folder;
  auto socket = GrantsSocket::listen(folder.path("s"));
  ASSERT_TRUE(socket);
  UnixClient first(folder.path("s"));
  first.send("a\n");
  EXPECT_EQ(socket->next(), Event::line);
  UnixClient second(folder.path("s"));
  std::thread later([&] {
    EXPECT_TRUE(second.is_closed_by_peer());
    first.send("b\n");
  });
  EXPECT_EQ(socket->next(), Event::line);
  EXPECT_EQ(socket->line(), "b");
  later.join();
}

TEST(GrantsSocket, IsWokenFromAnotherThread) {
  const TemporaryFolder folder;
  auto socket = GrantsSocket::listen(folder.path("s"));
  ASSERT_TRUE(socket);
  std::thread other([&] { socket->wake(); });
  EXPECT_EQ(socket->next(), Event::woken);
  EXPECT_EQ(socket->next(), Event::woken);
  other.join();
}

TEST(GrantsSocket, RemovesItsFileAndReplacesOneThatWasLeft) {
  const TemporaryFolder folder;
  const std::string path = folder.path("s");
  {
    auto socket = GrantsSocket::listen(path);
    ASSERT_TRUE(socket);
    EXPECT_TRUE(std::filesystem::is_socket(path));
    const auto second = GrantsSocket::listen(path);
    ASSERT_FALSE(second);
    EXPECT_THAT(second.error().message, HasSubstr("another process listens there already"));
    EXPECT_TRUE(std::filesystem::is_socket(path));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
  tests::leave_stale_socket(path);
  ASSERT_TRUE(std::filesystem::is_socket(path));
  {
    const auto socket = GrantsSocket::listen(path);
    ASSERT_TRUE(socket) << socket.error().message;
    // What another process puts there is not removed.
    std::filesystem::remove(path);
    folder.write("s", "mine");
  }
  EXPECT_EQ(TemporaryFolder::read(path), "mine");
}

TEST(GrantsSocket, SaysWhyItCannotListen) {
  const TemporaryFolder folder;
  const std::string file = folder.write("grants.jsonl", "keep me");
  const auto on_file = GrantsSocket::listen(file);
  ASSERT_FALSE(on_file);
  EXPECT_THAT(on_file.error().message, HasSubstr("a file that is not a socket lies there"));
  EXPECT_EQ(TemporaryFolder::read(file), "keep me");
  const auto nowhere = GrantsSocket::listen(folder.path("no/s"));
  ASSERT_FALSE(nowhere);
  EXPECT_THAT(nowhere.error().message, HasSubstr("No such file or directory"));
  const auto too_long = GrantsSocket::listen(folder.path(std::string(200, 'x')));
  ASSERT_FALSE(too_long);
  EXPECT_EQ(too_long.error().kind, ErrorKind::configuration);
  EXPECT_THAT(too_long.error().message, HasSubstr("1 to 107 characters"));
}

TEST(LiveNumbering, CountsThroughSfnCycles) {
  LiveNumbering numbering(1); // 20 slots per frame, 20,480 per cycle
  EXPECT_EQ(numbering.place(1023, 18, 0), 1023 * 20 + 18);
  EXPECT_EQ(numbering.place(1023, 19, 0), 1023 * 20 + 19);
  EXPECT_EQ(numbering.place(0, 0, 0), 20'480);
  EXPECT_EQ(numbering.place(700, 0, 0), 20'480 + 14'000) << "a schedule may be sparse";
  EXPECT_EQ(numbering.place(100, 0, 0), 2 * 20'480 + 2'000);
}

TEST(LiveNumbering, BeginsNearestToWhereThePacketsBegin) {
  constexpr std::int64_t cycle = 20'480;
  // Packets begin with SFN 1023 (of the second cycle), the scheduler with SFN 1 of the next, and
  // the other way round.
  EXPECT_EQ(LiveNumbering(1, cycle + 20'460).place(1, 0, 0), 2 * cycle + 20);
  EXPECT_EQ(LiveNumbering(1, cycle + 20).place(1023, 0, 0), 20'460);
  EXPECT_EQ(LiveNumbering(1, cycle + 20).place(1, 0, 0), cycle + 20);
}

TEST(LiveNumbering, RefusesLateLinesUnlessTheCycleMayHavePassed) {
  LiveNumbering numbering(1);
  EXPECT_EQ(numbering.place(500, 10, 0), 10'010);
  EXPECT_FALSE(numbering.place(500, 10, ms)) << "given twice";
  EXPECT_FALSE(numbering.place(500, 9, ms));
  EXPECT_FALSE(numbering.place(372, 10, ms)) << "1280 ms before";
  EXPECT_EQ(numbering.place(372, 9, ms), 20'480 + 7'449) << "further back: the next cycle";
  // After 9 s of silence the slot 500 ms before the last one is of the next cycle.
  EXPECT_EQ(numbering.place(322, 9, 9000 * ms), 2 * 20'480 + 6'449);
}

std::string slot_line(int sfn, int slot, const std::string& more = "") {
  return R"({"sfn":)" + std::to_string(sfn) + R"(,"slot":)" + std::to_string(slot) + more +
         R"(,"pusch":[]})" + "\n";
}

TEST(GrantsStream, GoesOnAfterLinesThatCannotBeUsed) {
  const TemporaryFolder folder;
  GrantsSettings settings;
  settings.path = folder.path("s");
  settings.cell = 7;
  auto stream = GrantsStream::listen(settings);
  ASSERT_TRUE(stream) << stream.error().message;
  UnixClient scheduler(settings.path);
  scheduler.send("no json\n\r\n" + slot_line(3, 4) + slot_line(3, 5, R"(,"cell":8)") +
                 slot_line(3, 3) + slot_line(3, 99) + slot_line(4, 0, R"(,"cell":7)"));
  scheduler.close();
  auto line = stream->next();
  ASSERT_FALSE(line);
  EXPECT_THAT(line.error().message, HasSubstr("unix:" + settings.path + ":1: no valid JSON"));
  line = stream->next();
  ASSERT_TRUE(line && *line);
  EXPECT_EQ((*line)->id, (SlotId{7, 3, 4, 64}));
  EXPECT_EQ((*line)->grants.line, 3);
  line = stream->next();
  ASSERT_FALSE(line);
  EXPECT_THAT(line.error().message, HasSubstr(":5: SFN 3 slot 3 came after a later slot"));
  line = stream->next();
  ASSERT_FALSE(line);
  EXPECT_THAT(line.error().message, HasSubstr("slot is 99"));
  line = stream->next();
  ASSERT_TRUE(line && *line);
  EXPECT_EQ((*line)->id.count, 80);
  line = stream->next();
  ASSERT_TRUE(line);
  EXPECT_FALSE(*line) << "the scheduler is gone";
}

} // namespace
} // namespace airan::io
