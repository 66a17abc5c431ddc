#include "cmc/views/sources/source_views.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

#include "cmc/error.h"

namespace cmc::views {
namespace {

/// The place of the alternative whose options are of a kind; that of the last behind all of them.
template <std::size_t I = 0>
constexpr std::size_t alternative_of(data::SourceKind kind) {
  if constexpr (I == std::variant_size_v<SourceViewOptions>)
    return I;
  else
    return std::variant_alternative_t<I, SourceViewOptions>::kind == kind
               ? I
               : alternative_of<I + 1>(kind);
}

static_assert(std::ranges::all_of(data::every_source_kind,
                                  [](data::SourceKind kind) {
                                    return alternative_of(kind) <
                                           std::variant_size_v<SourceViewOptions>;
                                  }),
              "a kind of source has no view");

data::SourceKind kind_of(const SourceViewOptions& options) {
  return std::visit([](const auto& each) { return std::decay_t<decltype(each)>::kind; }, options);
}

ViewOrigin origin_of(const SourceView& view, const data::Source& source) {
  return {view.name, view.source, source};
}

void check_view(const SourceView& view, const std::vector<data::Source>& sources) {
  check(!view.name.empty() &&
            std::ranges::all_of(
                view.name, [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_'; }),
        "the view name \"{}\": letters, digits, - and _ were expected", view.name);
  check(view.name != "all", "the view name \"all\" stands for all views together; choose another");
  check(view.source < sources.size(), "view \"{}\" is of source {}; there are {}", view.name,
        view.source, sources.size());
  const data::SourceKind kind = sources[view.source].kind;
  check(kind_of(view.options) == kind,
        "view \"{}\" has options of the kind {}, its source is of the kind {}", view.name,
        data::name(kind_of(view.options)), data::name(kind));
}

AugmentationOptions augmentation_of(const ViewRecipe& recipe) {
  return recipe.augmentation.value_or(default_augmentation(recipe.split));
}

bool has_one_window(const SourceViewOptions& options) {
  const auto* picture = std::get_if<ViewRecipe>(&options);
  if (picture == nullptr)
    return std::holds_alternative<DepthViewOptions>(options) ||
           std::holds_alternative<BandsViewOptions>(options);
  return augmentation_of(*picture).shared &&
         !std::holds_alternative<AugmentedOptions>(picture->split);
}

/// The place of the view that `view` is aligned with; its own where it is aligned with none.
std::size_t place_of_window(const std::vector<SourceView>& views, std::size_t view) {
  const SourceView& own = views[view];
  if (own.align_with.empty()) return view;
  const auto other = std::ranges::find(views, own.align_with, &SourceView::name);
  if (other == views.end()) {
    std::vector<std::string> names;
    for (const SourceView& each : views) names.push_back(each.name);
    fail("view \"{}\": align_with = \"{}\" is not a view; the nearest is \"{}\"", own.name,
         own.align_with, nearest_name(own.align_with, names));
  }
  check(
      has_one_window(own.options) && has_one_window(other->options) &&
          !std::holds_alternative<DepthViewOptions>(other->options) && other->align_with.empty(),
      "view \"{}\": align_with = \"{}\": an image, depth or bands can be aligned with an image or "
      "bands that have one window of their own",
      own.name, own.align_with);
  const auto* turned = std::get_if<BandsViewOptions>(&other->options);
  check(turned == nullptr || !turned->quarter_turns ||
            std::holds_alternative<BandsViewOptions>(own.options),
        "view \"{}\": align_with = \"{}\", which is turned (quarter_turns): only bands can be "
        "turned with it",
        own.name, own.align_with);
  return static_cast<std::size_t>(other - views.begin());
}

/// The options of `view` with the window of `other`.
SourceViewOptions aligned(const SourceView& view, const SourceView& other) {
  const auto* bands = std::get_if<BandsViewOptions>(&other.options);
  const AugmentationOptions window =
      bands != nullptr ? bands->augmentation : augmentation_of(std::get<ViewRecipe>(other.options));
  SourceViewOptions options = view.options;
  if (auto* own = std::get_if<BandsViewOptions>(&options)) {
    own->augmentation = with_window_of(own->augmentation, window);
    own->quarter_turns = bands != nullptr && bands->quarter_turns;
  } else if (auto* depth = std::get_if<DepthViewOptions>(&options)) {
    depth->augmentation = with_window_of(depth->augmentation, window);
  } else {
    auto& picture = std::get<ViewRecipe>(options);
    picture.augmentation = with_window_of(augmentation_of(picture), window);
  }
  return options;
}

class SourceViews : public PortableTransform {
 public:
  /// `draws[p]`: the part whose draws part p takes.
  SourceViews(std::vector<std::shared_ptr<const PortableTransform>> parts,
              std::vector<std::size_t> draws)
      : parts_(std::move(parts)), draws_(std::move(draws)) {
    for (std::size_t p = 0; p < parts_.size(); ++p) {
      firsts_.push_back(views_.size());
      for (const data::ViewShape& view : parts_[p]->views()) {
        check(std::ranges::none_of(views_,
                                   [&](const auto& other) { return other.name == view.name; }),
              "two views have the name \"{}\"", view.name);
        views_.push_back(view);
        part_of_.push_back(p);
      }
    }
  }

  const std::vector<data::ViewShape>& views() const override { return views_; }

  /// What holds the stretches of all parts of the source.
  data::Stretch stretch(std::size_t source, std::int64_t length,
                        const RandomKey& key) const override {
    std::int64_t first = length, end = 0;
    for (std::size_t p = 0; p < parts_.size(); ++p) {
      if (parts_[p]->views().front().source != source) continue;
      const data::Stretch own = parts_[p]->stretch(source, length, key_of(p, key));
      first = std::min(first, own.first);
      end = std::max(end, own.end());
    }
    return first < end ? data::Stretch{first, end - first} : data::Stretch{0, length};
  }

  /// What holds the windows of all parts of the source, as finely as one of them needs it.
  data::Cutout cutout(std::size_t source, cv::Size size, const RandomKey& key) const override {
    std::optional<data::Cutout> all;
    for (std::size_t p = 0; p < parts_.size(); ++p) {
      if (parts_[p]->views().front().source != source) continue;
      const data::Cutout own = parts_[p]->cutout(source, size, key_of(p, key));
      all = all ? both(*all, own) : own;
    }
    return all.value_or(data::Cutout{.window = {{0, 0}, size}});
  }

  void apply(const data::Sample& sample, const RandomKey& key,
             std::span<float* const> rows) const override {
    for (std::size_t p = 0; p < parts_.size(); ++p)
      parts_[p]->apply(sample, key_of(p, key), rows.subspan(firsts_[p], parts_[p]->views().size()));
  }

  cv::Mat show(std::size_t view, const float* row) const override {
    const std::size_t part = part_of_[view];
    return parts_[part]->show(view - firsts_[part], row);
  }

  RawInput raw_input(std::size_t view) const override {
    const std::size_t part = part_of_[view];
    return parts_[part]->raw_input(view - firsts_[part]);
  }
  at::Tensor of_batch(std::size_t view, const at::Tensor& raw) const override {
    const std::size_t part = part_of_[view];
    return parts_[part]->of_batch(view - firsts_[part], raw);
  }
  std::string formula(std::size_t view) const override {
    const std::size_t part = part_of_[view];
    return parts_[part]->formula(view - firsts_[part]);
  }

 private:
  RandomKey key_of(std::size_t part, RandomKey key) const {
    key.part = static_cast<std::uint32_t>(draws_[part]);
    return key;
  }

  std::vector<std::shared_ptr<const PortableTransform>> parts_;
  std::vector<std::size_t> draws_, firsts_, part_of_;
  std::vector<data::ViewShape> views_;
};

}  // namespace

SourceViewOptions source_view_options(data::SourceKind kind) {
  if (kind == ViewRecipe::kind) return ViewRecipe{.split = WholeOptions{}};
  SourceViewOptions options;
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (void)((alternative_of(kind) == I && (options.emplace<I>(), true)) || ...);
  }
  (std::make_index_sequence<std::variant_size_v<SourceViewOptions>>());
  return options;
}

Standardizations measure(const std::vector<SourceView>& views, const data::Dataset& train) {
  Standardizations found;
  for (const SourceView& view : views) {
    check_view(view, train.sources());
    const ViewOrigin origin = origin_of(view, train.sources()[view.source]);
    const std::optional<Standardization> own = std::visit(
        [&](const auto& options) { return measure_view(options, origin, train); }, view.options);
    if (own) found[view.name] = *own;
  }
  return found;
}

std::shared_ptr<const PortableTransform> make_source_views(
    const std::vector<SourceView>& views, const std::vector<data::Source>& sources, Mode mode,
    const Standardizations& standardizations) {
  check(!views.empty(), "there is no view");
  std::vector<std::shared_ptr<const PortableTransform>> parts;
  std::vector<std::size_t> draws;
  for (std::size_t v = 0; v < views.size(); ++v) {
    SourceView view = views[v];
    check_view(view, sources);
    draws.push_back(place_of_window(views, v));
    if (draws[v] != v) view.options = aligned(view, views[draws[v]]);
    std::optional<Standardization> known;
    if (!std::holds_alternative<ViewRecipe>(view.options)) {
      const auto found = standardizations.find(view.name);
      check(found != standardizations.end(), "the statistics of view \"{}\" are missing",
            view.name);
      known = found->second;
    }
    const ViewOrigin origin = origin_of(view, sources[view.source]);
    parts.push_back(
        std::visit([&](const auto& options) { return make_view(options, origin, mode, known); },
                   view.options));
  }
  return std::make_shared<SourceViews>(std::move(parts), std::move(draws));
}

}  // namespace cmc::views
