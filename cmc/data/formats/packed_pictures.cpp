#include "cmc/data/formats/packed_pictures.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <opencv2/core.hpp>

#include "cmc/error.h"

namespace cmc::data {
namespace {

class PackedDataset : public Dataset {
 public:
  explicit PackedDataset(PackedPictures pictures)
      : pictures_(std::move(pictures)), sources_{{.shape = pictures_.shape}} {
    const SourceShape& shape = pictures_.shape;
    check(shape.channels == 1 || shape.channels == 3, "{} channels a picture: 1 or 3 were expected",
          shape.channels);
    for (const PackedFile& file : pictures_.files) {
      const std::int64_t bytes = shape.channels * shape.height * shape.width;
      const auto there = static_cast<std::int64_t>(file.content.bytes.size());
      check(file.count == 0 || file.first + (file.count - 1) * file.stride + bytes <= there,
            "{}: byte {}: the file ends before the last of its {} pictures", file.content.path,
            there, file.count);
      ends_.push_back(size() + file.count);
    }
    const std::int64_t labels = static_cast<std::int64_t>(pictures_.labels.size());
    check(labels == 0 || labels == size(), "{} labels for {} pictures", labels, size());
  }

  std::int64_t size() const override { return ends_.empty() ? 0 : ends_.back(); }

  Sample get(std::int64_t index) const override {
    const auto [file, place] = locate(index);
    const SourceShape& shape = pictures_.shape;
    const int height = static_cast<int>(shape.height), width = static_cast<int>(shape.width);
    const int rows = pictures_.column_major ? width : height;
    const int columns = pictures_.column_major ? height : width;
    // OpenCV has no matrix of constant bytes; nobody writes to a sample.
    auto* const bytes =
        const_cast<std::uint8_t*>(file->content.bytes.data()) + file->first + place * file->stride;
    std::array<cv::Mat, 3> planes;
    for (std::int64_t c = 0; c < shape.channels; ++c) {
      const cv::Mat stored(rows, columns, CV_8UC1, bytes + c * shape.height * shape.width);
      if (pictures_.column_major) {
        cv::transpose(stored, planes[c]);
      } else {
        planes[c] = stored;
      }
    }
    cv::Mat picture = planes[0];
    if (shape.channels == 3) {
      picture = cv::Mat(height, width, CV_8UC3);
      cv::merge(planes.data(), planes.size(), picture);
    }
    return {.index = index, .label = label(index), .values = {std::move(picture)}};
  }

  std::int64_t label(std::int64_t index) const override {
    return pictures_.labels.empty() ? no_label : pictures_.labels[index];
  }

  const std::vector<std::string>& classes() const override { return pictures_.classes; }

  const std::vector<Source>& sources() const override { return sources_; }

  std::string name(std::int64_t index) const override {
    const auto [file, place] = locate(index);
    return fmt::format("{}[{}]", std::filesystem::path(file->content.path).filename().string(),
                       place);
  }

 private:
  struct Place {
    const PackedFile* file;
    std::int64_t index;
  };

  Place locate(std::int64_t index) const {
    check(index >= 0 && index < size(), "sample {} was asked for; the data set has {}", index,
          size());
    const auto end = std::upper_bound(ends_.begin(), ends_.end(), index);
    const PackedFile& file = pictures_.files[end - ends_.begin()];
    return {&file, index - (*end - file.count)};
  }

  PackedPictures pictures_;
  std::vector<Source> sources_;
  std::vector<std::int64_t> ends_;  // the index after each file's last picture
};

}  // namespace

std::shared_ptr<const Dataset> make_dataset(PackedPictures pictures) {
  return std::make_shared<PackedDataset>(std::move(pictures));
}

}  // namespace cmc::data
