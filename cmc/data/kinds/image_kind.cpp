#include <fmt/format.h>

#include <memory>

#include "cmc/data/decode/picture_files.h"
#include "cmc/data/kinds/kind_descriptor.h"

namespace cmc::data {
namespace {

Source declare_image(const SourceOptions& options) {
  return {.name = options.name,
          .kind = SourceKind::image,
          .shape = {.channels = options.channels, .height = 0, .width = 0}};
}

ReadFile image_reader(const SourceOptions& options) {
  return [files = std::make_shared<const PictureFiles>(static_cast<int>(options.channels))](
             const std::filesystem::path& path, const ChoosePart& choose) {
    return files->read(path, choose.cutout);
  };
}

}  // namespace

constinit const KindDescriptor image_kind = {.name = "image",
                                             .declare = declare_image,
                                             .reader = image_reader,
                                             .check = check_no_columns,
                                             .size = size_in_pixels};

}  // namespace cmc::data
