#include "cmc/recipe/views_keys.h"

#include "cmc/recipe/augmentation_keys.h"

namespace cmc::recipe {
namespace {

std::vector<std::string> color_space_names() {
  std::vector<std::string> names;
  for (int space = 0; space < views::color_spaces; ++space)
    names.emplace_back(views::describe(static_cast<views::ColorSpace>(space)).name);
  return names;
}

template <class Visitor>
void describe_space(Visitor& v, views::ColorSpace& o) {
  std::string space(views::describe(o).name);
  v.choice("space", space, color_space_names(),
           "color, channels: the colour space; learned, \"rgb\" by default: that the generator "
           "starts from");
  o = views::color_space(space);
}

template <class Visitor>
void describe_split(Visitor& v, views::ColorOptions& o) {
  describe_space(v, o.space);
  v.field("alone", o.alone,
          "color: the channel that is a view of its own; empty: the space's first");
}

template <class Visitor>
void describe_split(Visitor& v, views::ChannelsOptions& o) {
  if constexpr (!std::is_same_v<Visitor, FieldLister>) describe_space(v, o.space);
}

template <class Visitor>
void describe_split(Visitor& v, views::HalvesOptions& o) {
  std::string cut(name(o.cut));
  v.choice("cut", cut, {"left_right", "top_bottom"}, "halves: where the picture is cut");
  o.cut = views::cut(cut);
}

template <class Visitor>
void describe_split(Visitor& /*v*/, views::QuadrantsOptions& /*o*/) {}

template <class Visitor>
void describe_split(Visitor& v, views::PatchesOptions& o) {
  v.field("patch_size", o.size, "patches: side in pixels", between(1, 8192));
  v.field("distance", o.distance, "patches: pixels between their corners", between(0, 8192));
}

template <class Visitor>
void describe_split(Visitor& v, views::AugmentedOptions& o) {
  v.field("views", o.views, "augmented: number of views", between(2, 16));
}

template <class Visitor>
void describe_split(Visitor& v, views::FrequencyOptions& o) {
  v.field("sigma", o.sigma, "frequency: deviation of the Gaussian in pixels", between(0.01, 100));
}

template <class Visitor>
void describe_split(Visitor& /*v*/, views::WholeOptions& /*o*/) {}

template <class Visitor>
void describe_split(Visitor& v, views::LearnedOptions& o) {
  if constexpr (!std::is_same_v<Visitor, FieldLister>) describe_space(v, o.space);
  v.field("couplings", o.couplings, "learned: couplings of the generator", between(1, 64));
  v.field("width", o.width, "learned: width of the generator's hidden layers", between(1, 1024));
  v.field("learning_rate", o.learning_rate, "learned: that of the generator", above(0));
  v.field("after", o.after,
          "learned: the share of the training after which the generator begins to learn",
          between(0, 1));
  v.field("until", o.until,
          "learned: the share after which it rests, and the encoders go on with its views",
          between(0, 1));
  v.field("every", o.every, "learned: steps of the encoders for one of the generator", at_least(1));
  v.field("labelled", o.labelled,
          "learned: the share of the training samples whose labels the generator sees",
          between(0, 1));
  v.field("label_weight", o.label_weight,
          "learned: weight of their classification beside the information", at_least(0));
}

}  // namespace

template <class Visitor>
void describe(Visitor& v, views::ViewRecipe& o, const char* kind_key) {
  std::string kind(views::kind(o.split));
  std::vector<std::string> kinds(views::split_kinds().begin(), views::split_kinds().end());
  v.choice(kind_key, kind, kinds, "how a picture is split into views");
  if (kind != views::kind(o.split)) o.split = views::split_of_kind(kind);
  const auto describe_all = [&](auto& visitor) {
    for (const std::string& each : kinds) {
      views::SplitOptions split = views::split_of_kind(each);
      std::visit([&](auto& options) { describe_split(visitor, options); }, split);
    }
  };
  if constexpr (std::is_same_v<Visitor, FieldLister>) {
    describe_all(v);
  } else {
    std::visit([&](auto& options) { describe_split(v, options); }, o.split);
  }
  if constexpr (std::is_same_v<Visitor, FieldReader>) {
    FieldLister all;
    describe_all(all);
    v.belongs_elsewhere(all.result());
  }
  v.field("size", o.size, "side in pixels of the picture that is split; 0: the data's own",
          between(0, 8192));
  v.field("evaluation_size", o.evaluation_size,
          "side in evaluation, larger for convnets and resnets alone; 0: as in training",
          between(0, 8192));
  views::AugmentationOptions augmentation =
      o.augmentation.value_or(views::default_augmentation(o.split));
  v.field("coarse", augmentation.coarse,
          "decode JPEGs at 1/2, 1/4 or 1/8 where the window still has this size: faster, slightly "
          "other pixels");
  v.field("mean", o.normalization.mean,
          "of the channels, in the colour space's units; empty: its middle");
  v.field("deviation", o.normalization.deviation, "of the channels; empty: half their range",
          above(0));
  v.table("augmentation", "in front of the split, in training",
          [&](auto& inner) { describe(inner, augmentation); });
  o.augmentation = augmentation;
}

template void describe(FieldReader&, views::ViewRecipe&, const char*);
template void describe(FieldWriter&, views::ViewRecipe&, const char*);
template void describe(FieldLister&, views::ViewRecipe&, const char*);

}  // namespace cmc::recipe
