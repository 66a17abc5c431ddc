#include "cmc/views/source_views.h"

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
          return make_table_view(view.name, view.source, source, options, mode, standardization);
        else
          return make_array_view(view.name, view.source, source, options, mode, standardization);
      },
      view.options);
}

void check_view(const SourceView& view, const std::vector<data::Source>& sources) {
  check(!view.name.empty() &&
            std::ranges::all_of(
                view.name, [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_'; }),
        "the view name \"{}\": letters, digits, - and _ were expected", view.name);
  check(view.source < sources.size(), "view \"{}\" is of source {}; there are {}", view.name,
        view.source, sources.size());
  const data::SourceKind kind = sources[view.source].kind;
  check(view.options.index() == static_cast<std::size_t>(kind),
        "view \"{}\" has options of the kind {}, its source is of the kind {}", view.name,
        data::source_kinds()[view.options.index()], data::name(kind));
}

class SourceViews : public PortableTransform {
 public:
  explicit SourceViews(std::vector<std::shared_ptr<const PortableTransform>> parts)
      : parts_(std::move(parts)) {
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
      own.part = static_cast<std::uint32_t>(p);
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
  std::vector<std::size_t> firsts_, part_of_;
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
    const bool numbers = std::ranges::any_of(
        source.columns, [](const data::TableColumn& column) { return column.categories.empty(); });
    if (source.kind == data::SourceKind::table && !numbers) {
      found[view.name] = {};
      continue;
    }
    found[view.name] =
        measure(*make_view(view, source, Mode::evaluate, std::nullopt), train,
                source.kind == data::SourceKind::table ? std::numeric_limits<std::int64_t>::max()
                                                       : measured_samples);
  }
  return found;
}

std::shared_ptr<const PortableTransform> make_source_views(
    const std::vector<SourceView>& views, const std::vector<data::Source>& sources, Mode mode,
    const Standardizations& standardizations) {
  check(!views.empty(), "there is no view");
  std::vector<std::shared_ptr<const PortableTransform>> parts;
  for (const SourceView& view : views) {
    check_view(view, sources);
    std::optional<Standardization> standardization;
    if (sources[view.source].kind != data::SourceKind::image) {
      const auto found = standardizations.find(view.name);
      check(found != standardizations.end(), "the statistics of view \"{}\" are missing",
            view.name);
      standardization = found->second;
    }
    parts.push_back(make_view(view, sources[view.source], mode, standardization));
  }
  return std::make_shared<SourceViews>(std::move(parts));
}

}  // namespace cmc::views
