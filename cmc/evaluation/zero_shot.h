#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <limits>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "cmc/data/source.h"
#include "cmc/data/transform.h"
#include "cmc/evaluation/class_texts.h"

namespace cmc::evaluation {

/// Classification without a label to learn from: classes are named by texts, and the class of a
/// value is the one whose text lies nearest to it (Radford et al. 2021, "Learning transferable
/// visual models from natural language supervision", section 3.1).
struct ZeroShotOptions {
  std::string text_view = {};           ///< that reads the texts; empty: the only one of texts
  std::vector<std::string> views = {};  ///< that are judged; none: all but the text view
  /// Lines of a file of names and its name for messages (class_texts); none: the classes' names.
  std::vector<std::string> names = {};
  std::string names_file = {};
  std::vector<std::string> templates = {};
};

/// How well one view's values find their class.
struct ZeroShotRow {
  std::string view = {};
  std::int64_t samples = 0;  ///< N, with a label and this view
  double accuracy = 0;       ///< share for whom their class's text is the nearest
  double low = 0, high = 0;  ///< of that, at 95 % (information::share_interval)
  double balanced = 0;       ///< the same share of each class's samples, the classes' mean
  double largest_class = 0;  ///< share of the class that most of the samples are of
  /// Share for whom it is among the 5 nearest; NaN for ten classes or fewer.
  double top_5 = std::numeric_limits<double>::quiet_NaN();
};

struct ZeroShot {
  std::string text_view = {};
  std::vector<std::string> templates = {};
  std::vector<ClassTexts> classes = {};  ///< with the texts as the encoder read them
  std::vector<ZeroShotRow> rows = {};

  /// What guessing reaches, and what is always the same answer, in `balanced`: 1/C.
  double chance() const { return 1 / static_cast<double>(classes.size()); }
};

/// Which views and texts there are.
struct ZeroShotTask {
  std::size_t text_view = 0;
  std::vector<std::size_t> views = {};
  std::vector<ClassTexts> classes = {};
};

/// The task in a data set of these classes and sources, seen in these views. Throws UsageError
/// where there are no classes, no view of texts or several and none is named, where a named view is
/// unknown (with the nearest) or of no texts, where no view is left to judge, and as class_texts
/// does.
ZeroShotTask zero_shot_task(const ZeroShotOptions& options, const std::vector<std::string>& classes,
                            const std::vector<data::Source>& sources,
                            const std::vector<data::ViewShape>& views);

/// What stands for each class: float32 [C, D], of unit length. `embeddings`: float [T, D] of all
/// texts, those of class 0 first; `classes` says how many are whose. The texts' embeddings are
/// brought to unit length first, so that each of them counts alike, then their mean.
at::Tensor class_embeddings(const at::Tensor& embeddings, const std::vector<ClassTexts>& classes);

/// Judges embeddings (float [N, D]) of classes `labels` (int64 [N], each in 0 … C − 1) by their
/// cosines with those of the classes ([C, D]). The rank of the own class is 1 + the number of other
/// classes that are as near or nearer, so that collapsed embeddings find none; `accuracy` is the
/// share of rank 1. Throws Error on other shapes or N = 0.
ZeroShotRow zero_shot_row(const at::Tensor& embeddings, const at::Tensor& labels,
                          const at::Tensor& classes);

void to_json(nlohmann::json& json, const ZeroShot& result);
/// The reverse. Throws nlohmann's exceptions where a key is missing or of a wrong type.
void from_json(const nlohmann::json& json, ZeroShot& result);
/// The rows, with the text view and chance() in each.
nlohmann::json rows_of(const ZeroShot& result);

}  // namespace cmc::evaluation
