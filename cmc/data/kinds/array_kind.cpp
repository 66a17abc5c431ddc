#include <opencv2/core.hpp>

#include "cmc/data/kinds/kind_descriptor.h"
#include "cmc/error.h"
#include "cmc/files/npy.h"

namespace cmc::data {
namespace {

Source declare_array(const SourceOptions& options) {
  return {.name = options.name, .kind = SourceKind::array};
}

ReadFile array_reader(const SourceOptions& options) {
  return [entry = options.entry](const std::filesystem::path& path, const ChoosePart&) {
    return whole(files::read_npy(path, entry));
  };
}

SourceShape shape_of_array(const cv::Mat& array) {
  const auto size = [&](int d) { return static_cast<std::int64_t>(array.size[d]); };
  if (array.dims == 3) return {size(0), size(1), size(2)};
  return {1, size(0), size(1)};
}

NumberLayout channels_of_array(const Source& source) {
  return {static_cast<std::size_t>(source.shape.channels),
          static_cast<std::size_t>(source.shape.height * source.shape.width)};
}

void check_array(const Source& source) {
  const SourceShape& shape = source.shape;
  check(shape.channels >= 1 && shape.height >= 1 && shape.width >= 1,
        "its channels, height and width must be 1 or more");
  check_no_columns(source);
}

}  // namespace

constinit const KindDescriptor array_kind = {.name = "array",
                                             .declare = declare_array,
                                             .reader = array_reader,
                                             .files_hold_rows = true,
                                             .shape_of = shape_of_array,
                                             .numbers = channels_of_array,
                                             .check = check_array,
                                             .size = size_in_pixels};

}  // namespace cmc::data
