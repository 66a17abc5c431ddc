#include "studies/augmentation_strength.h"

#include <cmath>

namespace cmc::studies {

views::AugmentationOptions augmentation_of_strength(double s) {
  views::AugmentationOptions options = views::simclr_augmentation();
  options.scale = {std::pow(0.01, s), 1 - 0.98 * s * s};
  for (double* const part :
       {&options.flip_probability, &options.brightness, &options.contrast, &options.saturation,
        &options.hue, &options.grey_probability, &options.blur_probability})
    *part *= s;
  return options;
}

}  // namespace cmc::studies
