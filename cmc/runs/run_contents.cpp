#include <ATen/ATen.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>

#include "cmc/error.h"
#include "cmc/files/atomic_file.h"
#include "cmc/files/json_text.h"
#include "cmc/files/safetensors.h"
#include "cmc/runs/file_names.h"
#include "cmc/runs/run_folder.h"

namespace cmc::runs {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

void write_json(const fs::path& file, const json& content) {
  files::write_atomically(file, files::json_text(content, 1) + "\n");
}

/// Nothing where there is no such file. What `from_json` throws is told with the file.
template <class FromJson>
auto read_if_there(const fs::path& file, const FromJson& from_json)
    -> std::optional<decltype(from_json(json()))> {
  if (!fs::exists(file)) return std::nullopt;
  const json content = files::read_json(file);
  try {
    return from_json(content);
  } catch (const Error& error) {
    fail("{}: {}", file.string(), error.what());
  }
}

std::string bytes_of_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  check(in.is_open(), "{}: can't be read", file.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

/// What is judged where it isn't the representation that training ended with, for the file's name.
std::string judged_beside(const evaluation::Evaluation& evaluation) {
  std::string what = evaluation.checkpoint == "finetuned" ? evaluation.checkpoint : "";
  if (evaluation.layer.empty()) return what;
  return what + (what.empty() ? "" : "-") + evaluation.layer;
}

}  // namespace

bool is_reported(const evaluation::Evaluation& evaluation) {
  return judged_beside(evaluation).empty();
}

std::string RunFolder::recipe_text() const {
  return bytes_of_file(path_ / file_names::recipe);
}

TrainingStatistics RunFolder::statistics() const {
  return load_statistics(statistics_file());
}

bool RunFolder::has_statistics() const {
  return fs::exists(statistics_file());
}

void RunFolder::save(const TrainingStatistics& statistics) const {
  save_statistics(statistics_file(), statistics);
}

fs::path RunFolder::statistics_file() const {
  return path_ / file_names::statistics;
}

Metrics RunFolder::metrics() const {
  return read_metrics(path_ / file_names::metrics);
}

std::shared_ptr<MetricsLog> RunFolder::log_metrics(std::int64_t resumed_step) const {
  return std::make_shared<MetricsLog>(path_ / file_names::metrics, resumed_step);
}

bool RunFolder::has_checkpoint(const std::string& name) const {
  std::error_code gone;
  return fs::exists(path_ / file_names::checkpoint(name), gone);
}

std::string RunFolder::judged_checkpoint() const {
  const bool best = info_.value("judged_checkpoint", std::string("last")) == "best";
  return best && has_checkpoint("best") ? "best" : "last";
}

fs::path RunFolder::checkpoint_file(const std::string& asked) const {
  const std::string name = asked == runs::judged_checkpoint ? judged_checkpoint() : asked;
  const fs::path file = path_ / file_names::checkpoint(name);
  check(fs::exists(file), "{}: the run has no such checkpoint", file.string());
  return file;
}

std::vector<fs::path> RunFolder::checkpoint_files() const {
  std::vector<fs::path> files;
  for (const std::string& name : checkpoints)
    if (has_checkpoint(name)) files.push_back(checkpoint_file(name));
  return files;
}

training::CheckpointFiles RunFolder::training_files() const {
  return {.last = path_ / file_names::checkpoint("last"),
          .best = path_ / file_names::checkpoint("best")};
}

training::Checkpoint RunFolder::checkpoint(const std::string& name) const {
  return training::load_checkpoint(checkpoint_file(name));
}

fs::path RunFolder::save(const training::Checkpoint& checkpoint, const std::string& name) const {
  const fs::path file = path_ / file_names::checkpoint(name);
  training::save_checkpoint(file, checkpoint);
  return file;
}

std::optional<evaluation::Evaluation> RunFolder::evaluation() const {
  return read_if_there(path_ / file_names::evaluation(), evaluation::evaluation_from_json);
}

void RunFolder::save(const evaluation::Evaluation& evaluation) const {
  write_json(path_ / file_names::evaluation(judged_beside(evaluation)), to_json(evaluation));
}

std::optional<evaluation::InformationMeasurement> RunFolder::information() const {
  return read_if_there(path_ / file_names::information, evaluation::information_from_json);
}

void RunFolder::save(const evaluation::InformationMeasurement& information) const {
  write_json(path_ / file_names::information, to_json(information));
}

std::string RunFolder::views_sheet() const {
  const fs::path file = path_ / file_names::views_sheet;
  return fs::exists(file) ? bytes_of_file(file) : "";
}

void RunFolder::save_views_sheet(const std::string& png) const {
  files::write_atomically(path_ / file_names::views_sheet, png);
}

NeighbourPictures RunFolder::neighbour_pictures() const {
  NeighbourPictures pictures;
  const fs::path path = path_ / file_names::neighbour_pictures;
  if (!fs::exists(path)) return pictures;
  for (const auto& [key, tensor] : files::load_safetensors(path).tensors) {
    // "ROW VIEW"; what is none of ours is no picture.
    std::int64_t row = 0;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), row);
    const auto digits = static_cast<std::size_t>(end - key.data());
    if (error != std::errc() || digits >= key.size() || tensor.scalar_type() != at::kByte) continue;
    const at::Tensor bytes = tensor.contiguous();
    pictures[{row, key.substr(digits + 1)}] = {reinterpret_cast<const char*>(bytes.data_ptr()),
                                               bytes.nbytes()};
  }
  return pictures;
}

void RunFolder::save(const NeighbourPictures& pictures) const {
  files::TensorFile file;
  for (const auto& [place, png] : pictures) {
    at::Tensor bytes = at::empty({static_cast<std::int64_t>(png.size())}, at::kByte);
    std::ranges::copy(png, bytes.data_ptr<std::uint8_t>());
    file.tensors[fmt::format("{} {}", place.first, place.second)] = bytes;
  }
  files::save_safetensors(path_ / file_names::neighbour_pictures, file);
}

fs::path RunFolder::report_file() const {
  return path_ / file_names::report;
}

}  // namespace cmc::runs
