#include "cmc/data/decode/picture_files.h"

#include "cmc/data/decode/decode_image.h"
#include "cmc/data/decode/value_bytes.h"

namespace cmc::data {

Excerpt PictureFiles::read(const std::filesystem::path& path, const ChooseCutout& choose) const {
  if (!choose) return whole(decode_image(value_bytes(path), path.string(), channels_));
  // Before its bytes are read: what is written in between counts as another file the next time.
  const std::uint64_t file = file_identity(path);
  const bool checked = checked_->contains(file);
  Excerpt excerpt = decode_cutout(value_bytes(path), path.string(), channels_, choose,
                                  checked ? DataRead::needed : DataRead::all);
  if (!checked) checked_->add(file);
  return excerpt;
}

}  // namespace cmc::data
