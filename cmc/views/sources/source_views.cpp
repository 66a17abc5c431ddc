#include "cmc/views/sources/source_views.h"

#include <algorithm>
#include <cctype>
#include <limits>
#include <optional>

#include "cmc/error.h"

namespace cmc::views {
namespace {

constexpr std::int64_t measured_samples = 2000;

std::shared_ptr<const PortableTransform> make_view(
    const SourceView& view, const data::Source& source, Mode mode,
    const std::optional<Standardization>& standardization) {
  return std::visit(
      [&](const auto& options) -> std::shared_ptr<const PortableTransform> {
        using Options = std::decay_t<decltype(options)>;
        if constexpr (std::is_same_v<Options, ViewRecipe>)
          return make_split(options, source.shape, mode, view.source, view.name);
        else if constexpr (std::is_same_v<Options, DepthViewOptions>)
          return make_depth_view(view.name, view.source, options, mode, standardization);
        else if constexpr (std::is_same_v<Options, AudioViewOptions>)
          return make_audio_view(view.name, view.source, source, options, mode, standardization);
        else if constexpr (std::is_same_v<Options, TableViewOptions>)
          return make_table_view(view.name, view.source, source, options, mode,
                                 standardization.value());
        else
          return make_array_view(view.name, view.source, source, options, mode,
                                 standardization.value());
      },
      view.options);
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
  check(view.options.index() == static_cast<std::size_t>(kind),
        "view \"{}\" has options of the kind {}, its source is of the kind {}", view.name,
        data::source_kinds()[view.options.index()], data::name(kind));
}

AugmentationOptions augmentation_of(const ViewRecipe& recipe) {
  return recipe.augmentation.value_or(default_augmentation(recipe.split));
}

bool has_one_window(const SourceViewOptions& options) {
  const auto* picture = std::get_if<ViewRecipe>(&options);
  if (picture == nullptr) return std::holds_alternative<DepthViewOptions>(options);
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
  check(has_one_window(own.options) && has_one_window(other->options) &&
            std::holds_alternative<ViewRecipe>(other->options) && other->align_with.empty(),
        "view \"{}\": align_with = \"{}\": an image or depth can be aligned with an image that has "
        "one window of its own",
        own.name, own.align_with);
  return static_cast<std::size_t>(other - views.begin());
}

/// The options of `view` with the window of `other`.
SourceViewOptions aligned(const SourceView& view, const SourceView& other) {
  const AugmentationOptions window = augmentation_of(std::get<ViewRecipe>(other.options));
  SourceViewOptions options = view.options;
  if (auto* depth = std::get_if<DepthViewOptions>(&options)) {
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

  void apply(const data::Sample& sample, const RandomKey& key,
             std::span<float* const> rows) const override {
    RandomKey own = key;
    for (std::size_t p = 0; p < parts_.size(); ++p) {
      own.part = static_cast<std::uint32_t>(draws_[p]);
      parts_[p]->apply(sample, own, rows.subspan(firsts_[p], parts_[p]->views().size()));
    }
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
  std::vector<std::shared_ptr<const PortableTransform>> parts_;
  std::vector<std::size_t> draws_, firsts_, part_of_;
  std::vector<data::ViewShape> views_;
};

}  // namespace

SourceViewOptions source_view_options(data::SourceKind kind) {
  switch (kind) {
    case data::SourceKind::image:
      return ViewRecipe{.split = WholeOptions{}};
    case data::SourceKind::depth:
      return DepthViewOptions{};
    case data::SourceKind::audio:
      return AudioViewOptions{};
    case data::SourceKind::table:
      return TableViewOptions{};
    case data::SourceKind::array:
      return ArrayViewOptions{};
  }
  fail("a source of an unknown kind");
}

Standardizations measure(const std::vector<SourceView>& views, const data::Dataset& train) {
  Standardizations found;
  for (const SourceView& view : views) {
    check_view(view, train.sources());
    const data::Source& source = train.sources()[view.source];
    if (source.kind == data::SourceKind::image) continue;
    const bool table = source.kind == data::SourceKind::table;
    if (table && number_layout(source).channels == 0)
      found[view.name] = {};
    else if (table || source.kind == data::SourceKind::array)
      found[view.name] =
          measure_numbers(view.name, train, view.source,
                          table ? std::numeric_limits<std::int64_t>::max() : measured_samples);
    else
      found[view.name] =
          measure(*make_view(view, source, Mode::evaluate, std::nullopt), train, measured_samples);
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
    std::optional<Standardization> standardization;
    if (sources[view.source].kind != data::SourceKind::image) {
      const auto found = standardizations.find(view.name);
      check(found != standardizations.end(), "the statistics of view \"{}\" are missing",
            view.name);
      standardization = found->second;
    }
    parts.push_back(make_view(view, sources[view.source], mode, standardization));
  }
  return std::make_shared<SourceViews>(std::move(parts), std::move(draws));
}

}  // namespace cmc::views
