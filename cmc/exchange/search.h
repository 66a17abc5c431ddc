#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <opencv2/core/mat.hpp>
#include <string>
#include <vector>

#include "cmc/data/dataset.h"
#include "cmc/exchange/embed.h"
#include "cmc/exchange/load.h"
#include "cmc/exchange/vector_index.h"

namespace cmc::exchange {

struct SearchOptions {
  std::string method = "auto";  ///< of index_method
  /// Where the index is kept: RUN/search-VIEW-METHOD.faiss.
  bool rebuild = false;  ///< whether an existing one is rebuilt
  /// Told, before the work, that the index can't be kept, and after it that keeping it failed.
  std::function<void(const std::string&)> note = nullptr;
  EncodeOptions encode = {};
};

/// What is looked for: a raw value of the source of the view that it is seen in.
struct Query {
  std::string id;  ///< a file's path, a sample's name, or a text
  cv::Mat value;
  std::int64_t row = -1;  ///< data::Dataset::row; −1: a file
};

/// `thing` is the file of a value (a picture, a sound, …) of view `from`, or one of `samples` by
/// its name or its row (data::Dataset::row). Throws UsageError where it is none of them, where
/// several have the name, or where the sample lacks the view.
Query find_query(const LoadedRun& run, const data::Dataset& samples, const std::string& thing,
                 std::size_t from);

/// A text in UTF-8 as a query seen in view `from`. Throws UsageError where that view is of no
/// texts, and where the text is none that decode_text takes.
Query text_query(const LoadedRun& run, const std::string& text, std::size_t from);

struct Hit {
  std::int64_t index = 0;  ///< in the data set that was given
  std::int64_t row = 0;    ///< data::Dataset::row
  std::string id;
  std::string label;     ///< data::label_text
  float similarity = 0;  ///< cosine of the embeddings
};

/// A data set as seen in one view, ready to be searched from another: the embeddings of all views
/// live in one space, so that a query seen in view `from` finds samples as seen in view `to`.
class Search {
 public:
  /// Embeds the data set, or reads the index that an earlier call left for the same weights and
  /// samples. Throws Error where another process writes into the run. A sample that lacks the view
  /// or can't be read is not found. `run` must outlive it.
  Search(const LoadedRun& run, std::shared_ptr<const data::Dataset> samples, std::size_t to,
         const SearchOptions& options);

  /// Whether the index was there.
  bool reused() const { return reused_; }
  IndexMethod method() const { return method_; }
  /// Samples that can be found.
  std::int64_t rows() const { return index_->rows(); }

  /// For each query, as seen in view `from`, its k nearest, the nearest first.
  std::vector<std::vector<Hit>> operator()(const std::vector<Query>& queries, std::size_t from,
                                           std::int64_t k) const;

 private:
  const LoadedRun& run_;
  std::shared_ptr<const data::Dataset> samples_;
  IndexMethod method_;
  std::unique_ptr<VectorIndex> index_;
  bool reused_ = false;
};

}  // namespace cmc::exchange
