#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include "cmc/data/loader.h"
#include "cmc/encoders/encoder.h"

namespace cmc::distributed {
class ProcessGroup;
}

namespace cmc::evaluation {

/// What is cached of N samples, in the order of the loader's batches. On the CPU, float32.
struct Features {
  std::vector<at::Tensor> representations;  ///< v-th: [N, R_v]
  std::vector<at::Tensor> embeddings;       ///< v-th: [N, D]; empty for raw values
  at::Tensor labels;                        ///< int64 [N]
  at::Tensor indices;                       ///< int64 [N], in the data set
  at::Tensor present = {};  ///< bool [N, views]; undefined where every sample has every view
  /// float64 [N], the numbers that label them; undefined where that is not asked for.
  at::Tensor targets = {};

  /// The representations of all views side by side: [N, Σ R_v]. In place of a view that a sample
  /// lacks stands `means`[v], [R_v]: those of the training part's features, for the test part's
  /// too, so that no test sample depends on another.
  at::Tensor all(const std::vector<at::Tensor>& means) const;
  /// The mean representation of the samples that have a view, [R_v] for each; 0 where none has it.
  std::vector<at::Tensor> means() const;
};

/// Features of one kind: those that a probe learns from, and those that it is judged by.
struct FeatureParts {
  Features train, test;
};

struct FeatureOptions {
  at::Device device = at::kCPU;
  /// Whether the encoders run under bfloat16 autocast; what they give is float32 either way.
  bool bfloat16 = false;
  /// The layer whose output is taken as the representation (EncoderImpl::layers), flattened; a map
  /// of more than 4,096 values is averaged down to 2 × 2 places first. Empty: the representation.
  std::string layer = {};
  /// Told the share that is done, 0 … 1, after each batch.
  std::function<void(double)> progress = nullptr;
  /// The processes among which the loader's batches are shared out (shared_out), with rank 0's
  /// weights: each has everyone's features.
  distributed::ProcessGroup* group = nullptr;
};

/// The samples of these rows (int64 [M]) alone.
Features select(const Features& features, const at::Tensor& rows);

/// The rows (int64 [M], ascending) of the samples that have each of these views.
at::Tensor rows_having(const Features& features, std::initializer_list<std::size_t> views);

/// Runs encoder v over view v of every batch of one epoch (epoch 0), without gradients and in
/// evaluation mode; the encoders' own mode is restored. The loader should neither shuffle nor drop
/// the last batch. With a layer the encoders run twice, the second time for the embeddings, which
/// are the same at any layer. Throws Error where there are not as many encoders as views, or as
/// check_layer does.
Features extract_features(std::span<encoders::Encoder> encoders, data::Loader& loader,
                          const FeatureOptions& options = {});

/// Throws UsageError unless each encoder has a layer of this name, with those that it has and the
/// nearest.
void check_layer(std::span<const encoders::Encoder> encoders, const std::string& layer);

/// The views' own values as features, flattened. A view of more than 4,096 values is averaged down
/// to 32 pixels a side first, since nothing is learned from more with a linear probe and memory
/// would not hold it.
Features raw_features(data::Loader& loader, const FeatureOptions& options = {});

/// Sets the running statistics of the encoders' batch norms to the mean over up to `batches`
/// batches of one epoch, with the weights as they are: what training would have left there. Without
/// it the layers of an untrained network pass on statistics that they were not made for. Frozen
/// networks keep theirs.
void calibrate_batch_norms(std::span<encoders::Encoder> encoders, data::Loader& loader,
                           std::int64_t batches, const FeatureOptions& options = {});

}  // namespace cmc::evaluation
