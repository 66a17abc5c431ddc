#include "cmc/report/kept_pictures.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <numeric>
#include <set>
#include <vector>

#include "cmc/error.h"
#include "cmc/files/atomic_file.h"
#include "cmc/files/safetensors.h"
#include "cmc/views/png.h"
#include "cmc/views/sheet.h"

namespace cmc::report {
namespace {

constexpr std::int64_t sheet_samples = 8;
constexpr const char* views_file = "report-views.png";
constexpr const char* neighbours_file = "report-neighbours.safetensors";

std::string picture_key(std::int64_t row, const std::string& view) {
  return fmt::format("{} {}", row, view);
}

/// Without a test part the training part is judged, by cross-validation.
const data::Dataset& judged(const data::Splits& data) {
  return data.test->size() > 0 ? *data.test : *data.train;
}

}  // namespace

void keep_views(const std::filesystem::path& run, const data::Splits& data,
                const views::VisibleTransform& transform) {
  const data::Dataset& shown = judged(data);
  std::vector<std::int64_t> indices(
      static_cast<std::size_t>(std::min(sheet_samples, shown.size())));
  std::iota(indices.begin(), indices.end(), 0);
  std::string picture;
  try {
    picture = views::png(views::sheet(shown, transform, indices));
  } catch (const Error&) {
    return;  // Whoever needs such a sample says what is wrong with it.
  }
  files::write_atomically(run / views_file, picture);
}

void keep_neighbours(const std::filesystem::path& run, const evaluation::Evaluation& evaluation,
                     const data::Splits& data, const views::VisibleTransform& transform) {
  std::map<std::int64_t, std::set<std::string>> wanted;  // by row: views
  for (const evaluation::CrossViewNeighbours& each : evaluation.neighbours) {
    wanted[each.query].insert(each.from);
    for (const std::int64_t row : each.found) wanted[row].insert(each.to);
  }
  const data::Dataset& samples = judged(data);
  files::TensorFile file;
  for (std::int64_t i = 0; i < samples.size() && !wanted.empty(); ++i) {
    const auto found = wanted.find(samples.row(i));
    if (found == wanted.end()) continue;
    const data::Sample sample = samples.get(i);
    for (std::size_t v = 0; v < transform.views().size(); ++v) {
      const std::string& view = transform.views()[v].name;
      if (!found->second.contains(view)) continue;
      const std::string picture = views::png(views::view_of(transform, sample, v));
      at::Tensor bytes = at::empty({static_cast<std::int64_t>(picture.size())}, at::kByte);
      std::ranges::copy(picture, bytes.data_ptr<std::uint8_t>());
      file.tensors[picture_key(found->first, view)] = bytes;
    }
  }
  files::save_safetensors(run / neighbours_file, file);
}

std::string kept_views(const std::filesystem::path& run) {
  std::ifstream in(run / views_file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::function<std::string(std::int64_t, const std::string&)> kept_neighbours(
    const std::filesystem::path& run) {
  const auto file = std::make_shared<files::TensorFile>();
  if (std::filesystem::exists(run / neighbours_file))
    *file = files::load_safetensors(run / neighbours_file);
  return [file](std::int64_t row, const std::string& view) -> std::string {
    const auto found = file->tensors.find(picture_key(row, view));
    if (found == file->tensors.end() || found->second.scalar_type() != at::kByte) return "";
    const at::Tensor bytes = found->second.contiguous();
    return {reinterpret_cast<const char*>(bytes.data_ptr()), bytes.nbytes()};
  };
}

}  // namespace cmc::report
