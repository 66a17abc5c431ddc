#include "cmc/recipe/augmentation_keys.h"

namespace cmc::recipe {

template <class Visitor>
void describe_window(Visitor& v, views::AugmentationOptions& o) {
  std::string crop(name(o.crop));
  v.choice("crop", crop, {"none", "random_resized", "pad_and_shift"}, "the crop in training");
  o.crop = views::crop(crop);
  v.field("scale_low", o.scale.low, "random_resized: least share of the area", between(0.001, 1));
  v.field("scale_high", o.scale.high, "random_resized: greatest share of the area",
          between(0.001, 1));
  v.field("ratio_low", o.ratio.low, "random_resized: least width over height", between(0.01, 100));
  v.field("ratio_high", o.ratio.high, "random_resized: greatest width over height",
          between(0.01, 100));
  v.field("padding", o.padding, "pad_and_shift: pixels", between(1, 8192));
  v.field("flip_probability", o.flip_probability, "left-right flip", between(0, 1));
}

template <class Visitor>
void describe_blur(Visitor& v, views::AugmentationOptions& o) {
  v.field("blur_probability", o.blur_probability, "Gaussian blur", between(0, 1));
  v.field("blur_sigma_low", o.blur_sigma.low, "least deviation in pixels", above(0, 100));
  v.field("blur_sigma_high", o.blur_sigma.high, "greatest deviation in pixels", above(0, 100));
}

template <class Visitor>
void describe(Visitor& v, views::AugmentationOptions& o) {
  v.field("shared", o.shared, "one draw for all views of a sample; false: one for each view");
  describe_window(v, o);
  v.field("jitter_probability", o.jitter_probability, "colour jitter", between(0, 1));
  v.field("brightness", o.brightness, "strength of the jitter", between(0, 10));
  v.field("contrast", o.contrast, "strength of the jitter", between(0, 10));
  v.field("saturation", o.saturation, "strength of the jitter", between(0, 10));
  v.field("hue", o.hue, "strength of the jitter, as a share of the colour circle", between(0, 0.5));
  v.field("grey_probability", o.grey_probability, "probability of grey pictures", between(0, 1));
  describe_blur(v, o);
}

template void describe_window(FieldReader&, views::AugmentationOptions&);
template void describe_window(FieldWriter&, views::AugmentationOptions&);
template void describe_window(FieldLister&, views::AugmentationOptions&);
template void describe_blur(FieldReader&, views::AugmentationOptions&);
template void describe_blur(FieldWriter&, views::AugmentationOptions&);
template void describe_blur(FieldLister&, views::AugmentationOptions&);
template void describe(FieldReader&, views::AugmentationOptions&);
template void describe(FieldWriter&, views::AugmentationOptions&);
template void describe(FieldLister&, views::AugmentationOptions&);

}  // namespace cmc::recipe
