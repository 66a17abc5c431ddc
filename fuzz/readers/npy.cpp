#include "cmc/data/npy.h"

#include <cmath>

#include "fuzz/demand.h"
#include "fuzz/folder.h"
#include "fuzz/readers.h"

void cmc::fuzz::npy(Bytes input) {
  static const Folder folder;
  const cv::Mat array = data::read_npy(folder.write("array.npy", input));
  demand(!array.empty() && array.type() == CV_32FC1, "an array holds float32");
  for (std::size_t i = 0; i < array.total(); ++i)
    demand(!std::isinf(array.ptr<float>()[i]), "no number is infinite");
}
