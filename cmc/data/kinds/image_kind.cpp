#include <fmt/format.h>

#include "cmc/data/decode/decode_image.h"
#include "cmc/data/decode/value_bytes.h"
#include "cmc/data/kinds/kind_descriptor.h"

namespace cmc::data {
namespace {

Source declare_image(const SourceOptions& options) {
  return {.name = options.name,
          .kind = SourceKind::image,
          .shape = {.channels = options.channels, .height = 0, .width = 0}};
}

ReadFile image_reader(const SourceOptions& options) {
  return [channels = static_cast<int>(options.channels)](const std::filesystem::path& path,
                                                         const ChooseStretch&) {
    return whole(decode_image(value_bytes(path), path.string(), channels));
  };
}

}  // namespace

constinit const KindDescriptor image_kind = {.name = "image",
                                             .declare = declare_image,
                                             .reader = image_reader,
                                             .check = check_no_columns,
                                             .size = size_in_pixels};

}  // namespace cmc::data
