#include "cmc/data/decode/decode_depth.h"
#include "cmc/data/decode/value_bytes.h"
#include "cmc/data/kinds/kind_descriptor.h"

namespace cmc::data {
namespace {

Source declare_depth(const SourceOptions& options) {
  return {.name = options.name,
          .kind = SourceKind::depth,
          .shape = {.channels = 1, .height = 0, .width = 0}};
}

ReadFile depth_reader(const SourceOptions& options) {
  return [unit = options.unit](const std::filesystem::path& path, const ChoosePart&) {
    return whole(decode_depth(value_bytes(path), path.string(), unit));
  };
}

}  // namespace

constinit const KindDescriptor depth_kind = {.name = "depth",
                                             .declare = declare_depth,
                                             .reader = depth_reader,
                                             .check = check_no_columns,
                                             .size = size_in_pixels};

}  // namespace cmc::data
