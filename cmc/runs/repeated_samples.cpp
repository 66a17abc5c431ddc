#include "cmc/runs/repeated_samples.h"

#include <algorithm>
#include <functional>
#include <string>
#include <unordered_map>

#include "cmc/error.h"

namespace cmc::runs {
namespace {

constexpr std::int64_t most_numbers = std::int64_t{1} << 22;

/// Of a sample as its source says; 0 where that is another kind than a table or an array.
std::int64_t numbers_of(const data::Source& source) {
  if (source.kind == data::SourceKind::table) return std::ssize(source.columns);
  if (source.kind != data::SourceKind::array) return 0;
  return source.shape.channels * source.shape.height * source.shape.width;
}

/// The bytes of a sample's values; empty where it can't be read.
std::string content_of(const data::Dataset& samples, std::int64_t index) {
  std::string content;
  try {
    for (const cv::Mat& value : samples.get(index).values) {
      const cv::Mat whole = value.isContinuous() ? value : value.clone();
      content.append(reinterpret_cast<const char*>(whole.data), whole.total() * whole.elemSize());
      content += value.empty() ? '-' : '+';
    }
  } catch (const UnreadableError&) {
    return "";
  }
  return content;
}

}  // namespace

std::optional<std::int64_t> repeated_samples(const data::Dataset& samples) {
  std::int64_t numbers = 0;
  for (const data::Source& source : samples.sources()) {
    const std::int64_t own = numbers_of(source);
    if (own == 0) return std::nullopt;
    numbers += own;
  }
  if (numbers > most_numbers / std::max<std::int64_t>(1, samples.size())) return std::nullopt;
  const std::vector<std::int64_t> groups = samples.duplicates();
  struct Same {
    std::int64_t samples = 0, group = 0;
    bool one_group = true;
  };
  std::unordered_map<std::size_t, Same> contents;  // by hash: two contents in 2⁶⁴
  for (std::int64_t i = 0; i < samples.size(); ++i) {
    const std::string content = content_of(samples, i);
    if (content.empty()) continue;
    Same& same = contents[std::hash<std::string>()(content)];
    const std::int64_t group = groups.empty() ? i : groups[static_cast<std::size_t>(i)];
    same.one_group = same.one_group && (same.samples == 0 || same.group == group);
    same.group = group;
    ++same.samples;
  }
  std::int64_t repeated = 0;
  for (const auto& [hash, same] : contents)
    if (same.samples > 1 && !same.one_group) repeated += same.samples;
  return repeated;
}

}  // namespace cmc::runs
