#include "cmc/data/kinds/kind_descriptor.h"

#include <fmt/format.h>

#include "cmc/error.h"

namespace cmc::data {

const KindDescriptor& descriptor(SourceKind kind) {
  switch (kind) {
    case SourceKind::image:
      return image_kind;
    case SourceKind::depth:
      return depth_kind;
    case SourceKind::audio:
      return audio_kind;
    case SourceKind::table:
      return table_kind;
    case SourceKind::array:
      return array_kind;
    case SourceKind::text:
      return text_kind;
    case SourceKind::series:
      return series_kind;
    case SourceKind::bands:
      return bands_kind;
  }
  fail("a source of an unknown kind");
}

void check_no_columns(const Source& source) {
  check(source.columns.empty(), "it has columns");
}

std::string size_in_pixels(const Source&, const SourceShape& value) {
  return fmt::format("{}×{}×{}", value.channels, value.height, value.width);
}

cv::Mat read_value(const std::filesystem::path& path, const SourceOptions& options) {
  const KindDescriptor& kind = descriptor(options.kind);
  check(kind.reader != nullptr, "{}: a row of a {} has no file of its own", path.string(),
        kind.name);
  return kind.reader(options)(path, {}).value;
}

bool holds_numbers(const Source& source) {
  return descriptor(source.kind).numbers != nullptr;
}

NumberLayout number_layout(const Source& source) {
  check(holds_numbers(source), "\"{}\" is of the kind {}, which has no fixed number of values",
        source.name, name(source.kind));
  return descriptor(source.kind).numbers(source);
}

}  // namespace cmc::data
