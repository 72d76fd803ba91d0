#include "gtid/mysql_gtid_set.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <set>

#include "gtid/mysql_gtid_codec.h"

namespace tanist::gtid {
namespace {

constexpr char kA[] = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
constexpr char kB[] = "4e11fa47-71ca-11e1-9e33-c80aa9429562";

GtidSet set(const std::string& text) {
  auto parsed = GtidSet::parse(text);
  if (!parsed) ADD_FAILURE() << parsed.error().what;
  return parsed.value_or(GtidSet{});
}

TEST(GtidSet, reads_every_spelling_servers_and_people_use) {
  std::string want = std::string(kA) + ":1-5:7";
  EXPECT_EQ(set("3E11FA47-71CA-11E1-9E33-C80AA9429562:1-5:7").text(), want);
  EXPECT_EQ(set("  3e11fa47-71ca-11e1-9e33-c80aa9429562 : 1 - 5 :\n7 ").text(), want);
  EXPECT_EQ(set("3e11fa4771ca11e19e33c80aa9429562:1-5:7").text(), want);
  EXPECT_EQ(set("{3e11fa47-71ca-11e1-9e33-c80aa9429562}:7:3-5:1-3").text(), want);
  EXPECT_EQ(set(std::string(kA) + ":1-2,\n" + kA + ":3-5:7,\n").text(), want);
  EXPECT_EQ(set(std::string(kB) + ":1,\n" + kA + ":1").text(), std::string(kA) + ":1," + kB + ":1");
  EXPECT_TRUE(set("").empty());
  EXPECT_TRUE(set(" \n,").empty());
}

TEST(GtidSet, tags_switch_inside_an_entry_or_between_entries) {
  std::string want = std::string(kA) + ":1-3:batch:5:other_1:1-2";
  EXPECT_EQ(set(std::string(kA) + ":1-3:BATCH:5:other_1:1-2").text(), want);
  EXPECT_EQ(set(std::string(kA) + ":other_1:1-2," + kA + ":batch:5," + kA + ":1-3").text(), want);
  EXPECT_FALSE(set(want).contains(Gtid::parse(std::string(kA) + ":5").value()));
  EXPECT_TRUE(set(want).contains(Gtid::parse(std::string(kA) + ":batch:5").value()));
}

TEST(GtidSet, refuses_what_is_not_a_set) {
  for (std::string wrong : {"x", ":1", "3e11fa47:1", "0-1-5"}) EXPECT_FALSE(GtidSet::parse(wrong)) << wrong;
  for (std::string tail :
       {"", ":", ":0", ":5-3", ":1-", ":-1", ":1-2-3", ":1:tag", ":9223372036854775807", ":1x", ":ta-g:1"})
    EXPECT_FALSE(GtidSet::parse(kA + tail)) << tail;
  auto error = GtidSet::parse(std::string(kA) + ":5-3").error();
  EXPECT_EQ(error.what,
            "GTID set \"" + std::string(kA) + ":5-3\": \"5-3\" is neither a number, a range nor a tag");
}

TEST(GtidSet, set_algebra) {
  GtidSet a = set(std::string(kA) + ":1-10:20-30"), b = set(std::string(kA) + ":5-25," + kB + ":1");
  EXPECT_EQ(a.union_with(b).text(), std::string(kA) + ":1-30," + kB + ":1");
  EXPECT_EQ(a.minus(b).text(), std::string(kA) + ":1-4:26-30");
  EXPECT_EQ(b.minus(a).text(), std::string(kA) + ":11-19," + kB + ":1");
  EXPECT_EQ(a.intersect(b).text(), std::string(kA) + ":5-10:20-25");
  EXPECT_TRUE(a.minus(a).empty());
  EXPECT_TRUE(a.contains(GtidSet{}));
  EXPECT_FALSE(a.contains(b));
  EXPECT_EQ(a.count(), 21u);
  EXPECT_FALSE(Gtid::parse(std::string(kA) + ":1-2"));
}

TEST(GtidSet, binary_form_of_a_known_event) {
  // PREVIOUS_GTIDS body as a server writes it: one source, one interval 1 to 5.
  GtidSet one = set("01020304-0506-0708-090a-0b0c0d0e0f10:1-5");
  std::string want = {1, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
                      1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 6, 0,  0,  0,  0,  0,  0,  0};
  EXPECT_EQ(encode_gtid_set(one), want);
  EXPECT_EQ(decode_gtid_set(as_bytes(want)).value(), one);
  for (size_t cut = 0; cut < want.size(); ++cut)
    EXPECT_FALSE(decode_gtid_set(as_bytes(want).first(cut))) << cut;
}

TEST(GtidSet, varints_of_every_width) {
  for (int bit = 0; bit < 64; ++bit) {
    for (uint64_t value : {uint64_t{1} << bit, (uint64_t{1} << bit) - 1}) {
      ByteWriter out;
      write_varint(out, value);
      ByteReader in(as_bytes(out.str()));
      EXPECT_EQ(read_varint(in), value);
      EXPECT_EQ(in.left(), 0u);
      EXPECT_FALSE(in.failed());
    }
  }
}

// The model: a plain set of (source, number).
using Model = std::set<std::pair<int, uint64_t>>;

GtidSource source_of(int index) {
  Uuid uuid{};
  uuid[0] = static_cast<uint8_t>(index / 2);
  return {uuid, index % 2 ? "tag" : ""};
}

GtidSet build(const Model& model) {
  GtidSet built;
  for (auto [index, gno] : model) built.add(source_of(index), gno);
  return built;
}

rc::Gen<Model> any_model() {
  return rc::gen::container<Model>(rc::gen::pair(rc::gen::inRange(0, 4), rc::gen::inRange<uint64_t>(1, 30)));
}

TEST(GtidSet, agrees_with_a_plain_set) {
  EXPECT_TRUE(rc::check("algebra", [] {
    Model a = *any_model(), b = *any_model();
    Model both = a, only_a = a;
    both.insert(b.begin(), b.end());
    for (auto item : b) only_a.erase(item);
    RC_ASSERT(build(a).union_with(build(b)) == build(both));
    RC_ASSERT(build(a).minus(build(b)) == build(only_a));
    RC_ASSERT(build(a).contains(build(b)) == std::includes(a.begin(), a.end(), b.begin(), b.end()));
    RC_ASSERT(build(a).count() == a.size());
    RC_ASSERT(build(a).intersect(build(b)).union_with(build(only_a)) == build(a));
  }));
  EXPECT_TRUE(rc::check("text and binary round trips", [] {
    GtidSet a = build(*any_model());
    RC_ASSERT(GtidSet::parse(a.text()).value() == a);
    RC_ASSERT(decode_gtid_set(as_bytes(encode_gtid_set(a))).value() == a);
  }));
}

}  // namespace
}  // namespace tanist::gtid
