#include "cmc/advice/fingerprint.h"

#include <fmt/ranges.h>

#include <cstdint>
#include <set>

#include "cmc/data/survey.h"
#include "cmc/error.h"
#include "cmc/recipe/differences.h"

namespace cmc::advice {
namespace {

std::string hash_of(const std::string& text) {
  return fmt::format("{:016x}", data::name_hash(text));
}

std::string shown(const data::Dataset& part, std::int64_t i) {
  std::string text = fmt::format("{}: label {}", i, part.label(i));
  try {
    for (const cv::Mat& value : part.get(i).values)
      text += value.empty() ? ", none" : fmt::format(", {:016x}", data::content_hash(value));
  } catch (const Error&) {
    text += ", unreadable";
  }
  return text;
}

}  // namespace

std::string fingerprint(const recipe::Recipe& recipe) {
  return hash_of(recipe::own_settings(recipe));
}

std::string fingerprint(const data::Splits& parts) {
  std::string text;
  for (const data::Dataset* const part : {parts.train.get(), parts.test.get()}) {
    if (part == nullptr || part->size() == 0) continue;
    const std::int64_t n = part->size();
    text += fmt::format("{} samples of [{}]\n", n, fmt::join(part->classes(), ", "));
    for (const std::int64_t i : std::set<std::int64_t>{0, n / 2, n - 1})
      text += shown(*part, i) + "\n";
  }
  return hash_of(text);
}

}  // namespace cmc::advice
