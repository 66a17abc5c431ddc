#include "cmc/files/npy.h"

#include <algorithm>
#include <cmath>

#include "fuzz/demand.h"
#include "fuzz/folder.h"
#include "fuzz/readers.h"

namespace {

void look_at_numbers(const cv::Mat& array) {
  cmc::fuzz::demand(array.type() == CV_32FC1 || array.type() == CV_64FC1, "an array holds floats");
  const std::size_t count = array.total();
  for (std::size_t i = 0; i < count; ++i)
    cmc::fuzz::demand(
        !std::isinf(array.depth() == CV_32F ? array.ptr<float>()[i] : array.ptr<double>()[i]),
        "no number is infinite");
}

}  // namespace

/// A .npy or a .npz file.
void cmc::fuzz::npy(Bytes input) {
  static const Folder folder;
  const std::filesystem::path path = folder.write("array.npy", input);
  look_at_numbers(files::read_npy(path));
  if (!input.empty() && input[0] != 0x93) return;
  const files::NpyArray array(input, "array");
  for (std::int64_t row = 0; row < std::min<std::int64_t>(array.shape()[0], 8); ++row)
    look_at_numbers(array.read_row(row));
}
