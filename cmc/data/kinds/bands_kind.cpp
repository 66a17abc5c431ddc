#include <algorithm>
#include <memory>

#include "cmc/data/decode/band_files.h"
#include "cmc/data/decode/decode_bands.h"
#include "cmc/data/kinds/kind_descriptor.h"
#include "cmc/error.h"

namespace cmc::data {
namespace {

Source declare_bands(const SourceOptions& options) {
  Source source{.name = options.name,
                .kind = SourceKind::bands,
                .shape = {.channels = std::ssize(options.bands), .height = 0, .width = 0}};
  for (const std::string& band : options.bands) {
    check(!band.empty() && std::ranges::count(options.bands, band) == 1,
          "view \"{}\": names has the band \"{}\"{}: each band has a name of its own", options.name,
          band, band.empty() ? "" : " twice");
    source.columns.push_back({.name = band});
  }
  return source;
}

ReadFile bands_reader(const SourceOptions& options) {
  return [files = std::make_shared<const BandFiles>(options.bands)](
             const std::filesystem::path& path, const ChoosePart&) {
    return whole(files->read(path));
  };
}

/// Pictures may differ in size.
SourceShape shape_of_bands(const cv::Mat& value) {
  return {.channels = value.channels(), .height = 0, .width = 0};
}

void check_bands(const Source& source) {
  check(source.shape.channels >= 1 && source.shape.channels <= most_bands,
        "it must have 1 to {} bands", most_bands);
  check(source.columns.empty() || source.shape.channels == std::ssize(source.columns),
        "its bands must all have names, or none");
  for (const TableColumn& band : source.columns)
    check(band.categories.empty(), "a band has no categories");
}

}  // namespace

constinit const KindDescriptor bands_kind = {.name = "bands",
                                             .declare = declare_bands,
                                             .reader = bands_reader,
                                             .shape_of = shape_of_bands,
                                             .check = check_bands,
                                             .size = size_in_pixels};

}  // namespace cmc::data
