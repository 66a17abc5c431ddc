#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <opencv2/core.hpp>
#include <string_view>
#include <vector>

#include "cmc/data/decode/decode_text.h"
#include "cmc/data/kinds/kind_descriptor.h"
#include "cmc/error.h"
#include "cmc/files/file_bytes.h"

namespace cmc::data {
namespace {

Source declare_text(const SourceOptions& options) {
  return {.name = options.name, .kind = SourceKind::text, .shape = {1, 1, 0}};
}

cv::Mat read_text(const std::filesystem::path& path) {
  thread_local std::vector<std::uint8_t> bytes;
  try {
    files::read_file(path, bytes);
  } catch (const Error& error) {
    throw UnreadableError(error.what());
  }
  std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  text = text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
  try {
    return decode_text(text);
  } catch (const UnreadableError& error) {
    throw UnreadableError(fmt::format("{}: {}", path.string(), error.what()));
  }
}

ReadFile text_reader(const SourceOptions&) {
  return
      [](const std::filesystem::path& path, const ChoosePart&) { return whole(read_text(path)); };
}

std::string size_in_characters(const Source&, const SourceShape& value) {
  return fmt::format("{} characters", value.width);
}

bool was_damaged(const cv::Mat& text) {
  constexpr int replacement = 0xfffd;
  return std::find(text.begin<int>(), text.end<int>(), replacement) != text.end<int>();
}

constexpr std::array defects = {
    Defect{was_damaged, "texts hold U+FFFD, which stands for letters that were lost earlier"}};

}  // namespace

constinit const KindDescriptor text_kind = {.name = "text",
                                            .declare = declare_text,
                                            .reader = text_reader,
                                            .parse = decode_text,
                                            .check = check_no_columns,
                                            .size = size_in_characters,
                                            .defects = defects,
                                            .words = text_of,
                                            .sort = script_of};

}  // namespace cmc::data
