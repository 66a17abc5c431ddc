#include "cmc/data/decode/decode_stored.h"

#include "cmc/data/decode/bmp.h"
#include "cmc/data/decode/gif.h"
#include "cmc/data/decode/image_format.h"
#include "cmc/data/decode/jpeg.h"
#include "cmc/data/decode/png.h"
#include "cmc/data/decode/tiff.h"
#include "cmc/data/decode/webp.h"
#include "cmc/error.h"

namespace cmc::data {

StoredPicture decode_stored(std::span<const std::uint8_t> bytes, const std::string& name,
                            int jpeg_channels, const ChooseCutout& choose, DataRead read) {
  switch (image_format(bytes, name)) {
    case ImageFormat::jpeg:
      return decode_jpeg(bytes, name, jpeg_channels, choose, read);
    case ImageFormat::png:
      return decode_png(bytes, name);
    case ImageFormat::webp:
      return decode_webp(bytes, name);
    case ImageFormat::tiff:
      return decode_tiff(bytes, name);
    case ImageFormat::gif:
      return decode_gif(bytes, name);
    case ImageFormat::bmp:
      return decode_bmp(bytes, name);
  }
  fail("{}: an image of an unknown format", name);
}

}  // namespace cmc::data
