#include "cmc/files/json_text.h"

#include <gtest/gtest.h>

#include "tests/temporary_folder.h"

namespace cmc::files {
namespace {

TEST(JsonText, IsNestedOnlySoDeep) {
  const std::string opened(most_nesting, '['), closed(most_nesting, ']');
  EXPECT_TRUE(parse_json(opened + closed, "a.json").is_array());
  EXPECT_EQ(message_of<Error>([&] { parse_json("  [" + opened + closed + "]", "a.json"); }),
            "a.json: byte 102: JSON that is nested deeper than 100 levels");
  // Brackets in texts are none, whatever stands before them.
  const std::string text = R"({"a": "\\\" )" + std::string(1000, '{') + R"(", "b": "\\"})";
  EXPECT_EQ(parse_json(text, "a.json")["b"], "\\");
  EXPECT_TRUE(object_of_line("{\"a\": " + std::string(5000, '[')).is_null());
}

TEST(JsonText, ErrorsNameTheFile) {
  const TemporaryFolder folder;
  const auto path = folder.write("a.json", "{\"a\": 1,}");
  EXPECT_EQ(message_of<Error>([&] { read_json(path); }), path.string() + ": byte 9: not JSON");
  EXPECT_EQ(message_of<Error>([&] { read_json(folder.write("b.json", "[]")); }),
            (folder / "b.json").string() + ": JSON, but not an object");
  EXPECT_EQ(message_of<Error>([&] { parse_json("[7E777]", "c.json"); }),
            "c.json: a number is beyond the range of a double, 1.8e308");
  const nlohmann::json value = {{"a", "text"}};
  const std::string message =
      message_of<Error>([&] { reading_json("a.json", [&] { return value.at("a").get<int>(); }); });
  EXPECT_TRUE(message.starts_with("a.json: malformed: ")) << message;
}

TEST(JsonText, UnfinishedLineIsNoObject) {
  EXPECT_TRUE(object_of_line("{\"step\": 1").is_null());
  EXPECT_TRUE(object_of_line("3").is_null());
  EXPECT_EQ(object_of_line("{\"step\": 1}")["step"], 1);
}

TEST(JsonText, ReplacesWhatIsNoUtf8) {
  const nlohmann::json value = {{"a", {"caf\xe9", 1}}};
  EXPECT_EQ(json_text(value), "{\"a\":[\"caf\xef\xbf\xbd\",1]}");
  EXPECT_EQ(json_text({{"a", 1}}, 2), "{\n  \"a\": 1\n}");
}

}  // namespace
}  // namespace cmc::files
