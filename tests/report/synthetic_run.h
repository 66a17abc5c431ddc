#pragma once

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "cmc/random.h"
#include "cmc/report/report_input.h"

namespace cmc::report {

/// A run that could be: Fashion-MNIST in two halves, 12 epochs, evaluated. Every figure is drawn
/// from a seed.
class SyntheticRun {
 public:
  using json = nlohmann::json;

  explicit SyntheticRun(std::filesystem::path folder) : folder_(std::move(folder)) {
    std::filesystem::create_directories(folder_);
  }

  std::vector<std::string> classes = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                                      "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};
  json evaluation = make_evaluation();
  json information = make_information();
  json environment = make_environment();
  std::string recipe =
      "seed = 0\n\n[data]\nformat = \"idx\"\nroot = \"/usr/share/datasets/fashion-mnist\"\n\n"
      "[views]\nkind = \"halves\"\ncut = \"left_right\"\n\n[encoder]\nname = \"convnet\"\n"
      "embedding_dim = 128\nhead = \"mlp\"\n\n[contrast]\nloss = \"k_pair\"\ntemperature = 0.1\n"
      "negatives = \"batch\"\n\n[train]\nepochs = 12\nbatch_size = 256\noptimizer = \"adamw\"\n"
      "learning_rate = 0.002\nschedule = \"cosine\"\nprecision = \"bf16\"\n";

  void write() const {
    write_metrics();
    std::ofstream(folder_ / "evaluation.json") << evaluation.dump(2);
    std::ofstream(folder_ / "information.json") << information.dump(1);
    std::ofstream(folder_ / "run.json") << environment.dump(2);
    std::ofstream(folder_ / "recipe.toml") << recipe;
  }

  /// The run as read back, with pictures drawn for its samples.
  ReportInput input() const {
    write();
    ReportInput input = report_input(runs::RunFolder::open(folder_));
    input.views_sheet = png(sheet());
    input.thumbnail = [](std::int64_t index, const std::string& view) {
      return png(half(picture(index), view));
    };
    return input;
  }

 private:
  static std::string png(const cv::Mat& image) {
    std::vector<unsigned char> bytes;
    cv::imencode(".png", image, bytes);
    return {bytes.begin(), bytes.end()};
  }

  /// 28 × 28, grey on black: an outline for each class, a little different for each sample.
  static cv::Mat picture(std::int64_t index) {
    RandomStream random(RandomPurpose::made_data, 5, 0, static_cast<std::uint64_t>(index));
    const int label = static_cast<int>(index % 10);
    cv::Mat image(28, 28, CV_8U, cv::Scalar(0));
    const int grey = 130 + static_cast<int>(random.below(120));
    const int wide = 4 + static_cast<int>(random.below(3));
    const auto box = [&](int x, int y, int w, int h) {
      cv::rectangle(image, {x, y, w, h}, cv::Scalar(grey), cv::FILLED);
    };
    if (label == 5 || label == 7 || label == 9) {
      box(3, 16, 22, 6);
      if (label == 9) box(3, 5, 10, 12);
      if (label == 5) cv::line(image, {5, 16}, {20, 6}, cv::Scalar(grey), 2);
    } else if (label == 1) {
      box(9, 3, 10, 4);
      box(9, 3, wide, 22);
      box(19 - wide, 3, wide, 22);
    } else if (label == 8) {
      box(5, 11, 18, 14);
      cv::ellipse(image, {14, 11}, {6, 6}, 0, 180, 360, cv::Scalar(grey), 2);
    } else {
      box(9 - label % 3, 3, 10 + 2 * (label % 3), 22);
      if (label != 3) {
        const int sleeve = label == 0 ? 8 : 20;
        box(3, 5, wide, sleeve);
        box(25 - wide, 5, wide, sleeve);
      }
    }
    for (int i = 0; i < 784; ++i) {
      auto& pixel = image.data[i];
      if (pixel) pixel = static_cast<unsigned char>(pixel - 40 + random.below(60));
    }
    return image;
  }

  static cv::Mat half(const cv::Mat& image, const std::string& view) {
    return image.colRange(view == "left" ? 0 : 14, view == "left" ? 14 : 28);
  }

  static cv::Mat sheet() {
    constexpr int scale = 3;
    cv::Mat sheet(2 * 94 + 10, 10 * 94 + 10, CV_8U, cv::Scalar(255));
    for (int i = 0; i < 10; ++i) {
      cv::Mat whole, left, right;
      cv::resize(picture(i), whole, {}, scale, scale, cv::INTER_NEAREST);
      whole.copyTo(sheet(cv::Rect(10 + 94 * i, 10, 84, 84)));
      whole.colRange(0, 42).copyTo(sheet(cv::Rect(10 + 94 * i, 104, 42, 84)));
      whole.colRange(42, 84).copyTo(sheet(cv::Rect(10 + 94 * i + 46, 104, 42, 84)));
    }
    return sheet;
  }

  void write_metrics() const {
    RandomStream random(RandomPurpose::made_data, 1);
    std::ofstream stream(folder_ / "metrics.jsonl");
    const double ceiling = std::log(256.0);
    for (int step = 1; step <= 2808; ++step) {
      const double loss = 0.55 + 4.8 * std::exp(-step / 260.0) + 0.9 * std::exp(-step / 1500.0) +
                          0.05 * random.normal();
      stream << json{{"kind", "train"},
                     {"step", step},
                     {"epoch", step / 234.0},
                     {"loss", loss},
                     {"k", 255},
                     {"training_estimate_nats", ceiling - loss},
                     {"ceiling_nats", ceiling},
                     {"positive_first", 1 - loss / 7},
                     {"positive_similarity", 0.8},
                     {"negative_similarity", 0.05},
                     {"learning_rate", 0.002},
                     {"temperature", 0.1},
                     {"gradient_norm", 1.5},
                     {"images_per_second", 3021.5},
                     {"seconds", step * 0.085},
                     {"waited_seconds", step * 0.001}}
             << '\n';
      if (step % 234 != 0) continue;
      const double held_out = loss + 0.18 + step / 20000.0;
      stream << json{{"kind", "held_out"},
                     {"step", step},
                     {"epoch", step / 234.0},
                     {"loss", held_out},
                     {"k", 255},
                     {"bound_nats", std::log(255.0) - held_out},
                     {"tight_bound_nats", ceiling - held_out},
                     {"ceiling_nats", ceiling},
                     {"positive_first", 1 - held_out / 7}}
             << '\n';
    }
  }

  json make_evaluation() const {
    json rows = json::array();
    const std::vector<std::int64_t> labels = {100, 600, 6000, 60000};
    const auto add = [&](const std::string& view, const std::string& features, double base) {
      for (std::size_t i = 0; i < labels.size(); ++i) {
        const double accuracy = base - std::vector{0.19, 0.102, 0.031, 0.0}[i];
        rows.push_back({{"view", view},
                        {"features", features},
                        {"labels", labels[i]},
                        {"probe_accuracy", accuracy},
                        {"probe_deviation", 0.0},
                        {"knn_accuracy", accuracy - 0.021},
                        {"knn_deviation", 0.0},
                        {"seeds", 1}});
      }
    };
    const std::vector<std::pair<std::string, double>> views = {
        {"left", -0.023}, {"right", -0.027}, {"all", 0.0}};
    for (const auto& [view, shift] : views) {
      add(view, "learned", 0.8957 + shift);
      add(view, "raw", 0.8441 + 2 * shift);
      add(view, "untrained", 0.8552 + 1.5 * shift);
      add(view, "supervised", 0.9213 + shift);
    }
    return {{"classes", classes},
            {"rows", rows},
            {"confusion", make_confusion()},
            {"map", make_map()},
            {"neighbours", make_neighbours()},
            {"shown", make_shown()},
            {"retrieval",
             {{{"from", "left"},
               {"to", "right"},
               {"recall_at_1", 0.625},
               {"recall_at_5", 0.8125},
               {"recall_at_10", 0.9},
               {"median_rank", 1.5},
               {"class_at_1", 0.95},
               {"candidates", 10000}}}},
            {"test_samples", 10000},
            {"train_samples", 60000}};
  }

  static json make_confusion() {
    std::vector<std::vector<int>> matrix(10, std::vector<int>(10, 0));
    const int off[][3] = {{0, 6, 112}, {0, 3, 24},  {0, 2, 18}, {1, 3, 12}, {2, 4, 81}, {2, 6, 74},
                          {3, 0, 27},  {3, 4, 31},  {4, 2, 86}, {4, 6, 79}, {4, 3, 30}, {5, 7, 21},
                          {5, 9, 11},  {6, 0, 142}, {6, 2, 93}, {6, 4, 78}, {6, 3, 29}, {7, 9, 36},
                          {7, 5, 13},  {8, 6, 9},   {8, 0, 6},  {9, 7, 34}, {9, 5, 8}};
    for (int i = 0; i < 10; ++i) matrix[i][i] = 1000;
    for (const auto& [truth, said, n] : off) {
      matrix[truth][said] = n;
      matrix[truth][truth] -= n;
    }
    return matrix;
  }

  static json make_map() {
    RandomStream random(RandomPurpose::made_data, 3);
    json map = {{"rows", json::array()}, {"labels", json::array()}, {"x", json::array()},
                {"y", json::array()},    {"view", "all"},           {"method", "t-SNE"}};
    const double centres[10][2] = {{-2, 6},  {-13, -9}, {6, 9},    {-8, 1},  {11, 6},
                                   {4, -13}, {4, 4},    {12, -12}, {-5, 14}, {13, -5}};
    for (int index = 0; index < 2000; ++index) {
      const int label = index % 10;
      const double spread = label == 6 ? 3.4 : 1.9;
      map["rows"].push_back(index);
      map["labels"].push_back(label);
      map["x"].push_back(centres[label][0] + spread * random.normal());
      map["y"].push_back(centres[label][1] + spread * random.normal());
    }
    return map;
  }

  static json make_neighbours() {
    json rows = json::array();
    for (int query = 0; query < 6; ++query) {
      const int found[] = {query + 40, query, query + 120, query + (query == 0 ? 6 : 90),
                           query + 10};
      rows.push_back({{"query", query}, {"from", "left"}, {"to", "right"}, {"found", found}});
    }
    for (int query = 4; query < 10; ++query) {
      const int found[] = {query, query + 30, query + (query == 6 ? 4 : 50), query + 70,
                           query + 200};
      rows.push_back({{"query", query}, {"from", "right"}, {"to", "left"}, {"found", found}});
    }
    return rows;
  }

  json make_shown() const {
    json shown = json::array();
    for (int row = 0; row < 300; ++row)
      shown.push_back({{"row", row},
                       {"name", "t10k-images[" + std::to_string(row) + "]"},
                       {"label", classes[static_cast<std::size_t>(row % 10)]}});
    return shown;
  }

  static json make_information() {
    const auto pair = [](const std::string& from, const std::string& to, double limit) {
      json points = json::array();
      for (std::int64_t k = 16; k <= 9999; k = k == 8192 ? 9999 : 2 * k) {
        const double ceiling = std::log1p(static_cast<double>(k));
        const double tight = limit * (1 - std::exp(-ceiling / limit));
        points.push_back({{"k", k},
                          {"bound_nats", tight - std::log1p(1.0 / static_cast<double>(k))},
                          {"tight_bound_nats", tight},
                          {"low_nats", tight - 0.05},
                          {"high_nats", tight + 0.05},
                          {"ceiling_nats", ceiling},
                          {"batches", 10000 / (k + 1)}});
        if (k == 9999) break;
      }
      return json{{"from", from},
                  {"to", to},
                  {"points", points},
                  {"alignment", 0.52},
                  {"positive_similarity", 0.74},
                  {"negative_similarity", 0.03},
                  {"modality_gap", 0.11}};
    };
    const auto label = [](const std::string& view, double nats) {
      return json{{"view", view},
                  {"bound_nats", nats},
                  {"low_nats", nats - 0.02},
                  {"high_nats", nats + 0.02},
                  {"cross_entropy_nats", 2.3026 - nats},
                  {"label_entropy_nats", 2.3026},
                  {"accuracy", 0.88}};
    };
    return {
        {"samples", 10000},
        {"temperature", 0.1},
        {"pairs", {pair("left", "right", 5.1), pair("right", "left", 5.0)}},
        {"views",
         {{{"view", "left"}, {"uniformity", -3.4}, {"effective_rank", 47.3}, {"dimension", 128}},
          {{"view", "right"}, {"uniformity", -3.3}, {"effective_rank", 9.2}, {"dimension", 128}}}},
        {"classes", 10},
        {"training_labels", 10000},
        {"labels", {label("left", 1.8), label("right", 1.75), label("all", 2.0)}},
        {"training", {{"k", 255}, {"estimate_nats", 4.9}, {"ceiling_nats", 5.545}}},
        {"findings",
         {"left and right share at least 6.13 bits.",
          "right: effective rank 9 of 128 <collapsed>."}}};
  }

  json make_environment() const {
    return {{"command", {"cmc", "train", "recipes/fashion-mnist.toml", "--set", "train.epochs=12"}},
            {"seed", 0},
            {"start", "2024-05-02T09:14:07Z"},
            {"cmc", "0.1.0"},
            {"libtorch", "1.13.1"},
            {"blas", "OpenBLAS 0.3.21 (SkylakeX, pthreads)"},
            {"processor", "Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz"},
            {"instruction_set", "AVX512_BF16"},
            {"cores", 2},
            {"threads", 2},
            {"device", "cpu"},
            {"precision", "bf16"},
            {"parameters", 1204352},
            {"train_samples", 60000},
            {"test_samples", 10000},
            {"classes", classes},
            {"finished", true},
            {"steps", 2808},
            {"seconds", 238.7},
            {"unreadable", json::array()}};
  }

  std::filesystem::path folder_;
};

}  // namespace cmc::report
