#include "cmc/data/decode/jpeg.h"

#include <algorithm>
#include <opencv2/core.hpp>

#include "cmc/data/decode/exif.h"
#include "fuzz/demand.h"
#include "fuzz/picture.h"
#include "fuzz/readers.h"

namespace cmc::fuzz {
namespace {

/// Its middle alone, as far as its data reach and to their end, is that of the whole; and coarsely
/// it is read without harm.
void look_at_the_middle(Bytes input, int channels, const data::StoredPicture& whole) {
  cv::Rect middle;
  const auto choose = [&](int coarseness) {
    return [&middle, coarseness](cv::Size size) {
      middle = {size.width / 3, size.height / 3, std::max(1, size.width / 3),
                std::max(1, size.height / 3)};
      return data::Cutout{.window = middle, .coarseness = coarseness};
    };
  };
  for (const data::DataRead read : {data::DataRead::needed, data::DataRead::all}) {
    const data::StoredPicture part = data::decode_jpeg(input, "picture", channels, choose(1), read);
    look_at(part);
    const cv::Rect place(static_cast<int>(part.extent.first), static_cast<int>(part.extent.top),
                         part.pixels.cols, part.pixels.rows);
    const cv::Rect due = data::stored_window(middle, whole.pixels.size(), whole.orientation);
    demand((place & due) == due, "a part of a picture holds its window");
    demand(cv::norm(part.pixels, whole.pixels(place), cv::NORM_INF) == 0,
           "a part of a picture is that of the whole");
  }
  look_at(data::decode_jpeg(input, "picture", channels, choose(2)));
}

}  // namespace
}  // namespace cmc::fuzz

void cmc::fuzz::jpeg(Bytes input) {
  for (const int channels : {1, 3}) {
    const data::StoredPicture whole = data::decode_jpeg(input, "picture", channels);
    look_at(whole);
    look_at_the_middle(input, channels, whole);
  }
}
