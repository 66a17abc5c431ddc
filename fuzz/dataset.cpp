#include "fuzz/dataset.h"

#include <algorithm>
#include <opencv2/core.hpp>

#include "cmc/error.h"
#include "fuzz/demand.h"

namespace cmc::fuzz {
namespace {

/// Such that the sanitizers see every byte of a value read.
void touch(const cv::Mat& value) {
  volatile std::uint8_t seen = 0;
  if (value.empty()) return;
  demand(value.isContinuous(), "a value lies in one piece");
  const std::uint8_t* const bytes = value.ptr();
  for (std::size_t i = 0; i < value.total() * value.elemSize(); ++i) seen = bytes[i];
  (void)seen;
}

void look_at(const data::Dataset& dataset) {
  constexpr std::int64_t most_values = 4;
  const auto classes = static_cast<std::int64_t>(dataset.classes().size());
  for (std::int64_t i = 0; i < dataset.size(); ++i) {
    const std::int64_t label = dataset.label(i);
    demand(label == data::no_label || (label >= 0 && label < classes), "a label has a class");
    demand(!dataset.name(i).empty(), "a sample has a name");
    dataset.group(i);
    if (i >= most_values) continue;
    try {
      const data::Sample sample = dataset.get(i);
      demand(sample.index == i && sample.label == label, "a sample is the one that was asked for");
      demand(sample.values.size() == dataset.sources().size(), "a sample has a value a source");
      for (const cv::Mat& value : sample.values) touch(value);
    } catch (const UnreadableError&) {  // NOLINT(bugprone-empty-catch): a fault's right answer
    }
  }
  dataset.duplicates();
}

}  // namespace

void look_at(const data::Splits& splits) {
  look_at(*splits.train);
  if (splits.test) look_at(*splits.test);
}

}  // namespace cmc::fuzz
