#pragma once

#include "cmc/views/pictures/augmentation.h"

namespace cmc::studies {

/// How two views of a picture are augmented, by one strength s from 0 to 1: `s` times SimCLR's
/// probabilities and jitter (simclr_augmentation), and a window of 0.01^s to 1 − 0.98 s² of the
/// area. At 0 both views are the picture itself; about the middle they are near SimCLR's; at 1
/// each is a hundredth of the area or two, recoloured. Of a grey picture, what changes colours
/// changes nothing.
views::AugmentationOptions augmentation_of_strength(double s);

}  // namespace cmc::studies
