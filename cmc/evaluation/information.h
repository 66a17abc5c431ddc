#pragma once

#include <c10/core/Device.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cmc/data/dataset.h"
#include "cmc/data/transform.h"
#include "cmc/encoders/encoder.h"
#include "cmc/evaluation/encoded_views.h"
#include "cmc/evaluation/information_curve.h"
#include "cmc/evaluation/total_correlation.h"
#include "cmc/information/label_information.h"

namespace cmc::distributed {
class ProcessGroup;
}

namespace cmc::evaluation {

/// What an ordered pair of views shares: anchors from `from`, candidates from `to`, of the samples
/// that have both.
struct PairInformation {
  std::string from;
  std::string to;
  std::int64_t samples = 0;              ///< held out, that have both
  std::vector<InformationPoint> points;  ///< k ascending
  double alignment = 0;                  ///< information::alignment of the two views
  double positive_similarity = 0;
  double negative_similarity = 0;
  double modality_gap = 0;
  double temperature = 0;  ///< τ that they are read at
};

/// Two views that fewer than 3 held-out samples have: too few for a bound.
struct SparsePair {
  std::string from;
  std::string to;
  std::int64_t samples = 0;  ///< that have both
};

/// Geometry of one view's embeddings.
struct ViewGeometry {
  std::string view;
  std::int64_t samples = 0;  ///< held out, that have the view
  double uniformity = 0;
  double effective_rank = 0;  ///< of the unit embeddings
  std::int64_t dimension = 0;

  /// What effective_rank is at most: n samples span n − 1 directions about their mean.
  std::int64_t largest_rank() const { return std::min(dimension, samples - 1); }
};

/// I(z; y) ≥ H(y) − cross entropy, of one view's representation or of "all" side by side. A view's
/// probe is fitted and asked with the samples that have the view; for "all", the mean of a view
/// stands where it is missing (Features::all).
struct ViewLabels {
  std::string view;
  std::int64_t samples = 0;          ///< held out, that are asked
  std::int64_t training_labels = 0;  ///< that the probe was fitted with
  information::LabelInformation information = {};
  double accuracy = 0;
};

/// What training showed last: an estimate, no bound. Nats.
struct TrainingEstimate {
  double k = 0;
  double estimate = 0;      ///< log(k + 1) − L
  double ceiling = 0;       ///< log(k + 1)
  std::int64_t most_k = 0;  ///< all other training samples; 0: not known
};

/// What views share and representations hold, on a run's held-out samples. Nats.
struct InformationMeasurement {
  std::int64_t samples = 0;            ///< held out, that were measured on
  std::int64_t held_out = 0;           ///< all that are held out
  double temperature = 0;              ///< of the run's critic; pairs may have their own
  std::vector<PairInformation> pairs;  ///< both directions of a pair in succession
  std::vector<SparsePair> unmeasured;  ///< pairs that are not among them
  /// What all views share; nothing where there are two.
  std::optional<TotalCorrelation> total_correlation;
  std::vector<ViewGeometry> views;   ///< without those that fewer than 2 samples have
  std::int64_t classes = 0;          ///< 0: no labels
  std::int64_t training_labels = 0;  ///< that the probe of all views was fitted with
  std::vector<ViewLabels> labels;    ///< empty where there are no labels
  /// Held-out samples that `labels` leaves out, since their class has no training label.
  std::int64_t unknown_labels = 0;
  std::optional<TrainingEstimate> training;
  /// Samples that could not be read and were left out, and values that count as missing for it,
  /// each once.
  std::vector<data::UnreadableSample> unreadable;
  /// What it says, as findings() put it.
  std::vector<std::string> findings;
};

/// τ as figures tell it: the run's, and that of pairs that have their own.
std::string temperatures(const InformationMeasurement& measured);

struct InformationInput {
  std::vector<encoders::Encoder> encoders;  ///< trained, one a view, on the options' device
  /// The samples that the probes and the τ of all views' critic are fitted with; may be null, and
  /// is unused where the data has no classes and there are two views.
  std::shared_ptr<const data::Dataset> train;
  std::shared_ptr<const data::Dataset> held_out;
  /// Of the views that information is measured between: of evaluation, or with augmentation where
  /// that alone makes them differ (runs::Setup::measuring_transform).
  std::shared_ptr<const data::Transform> transform;
  /// What is probed, and whose geometry is told: views of evaluation, whose names are among the
  /// others' (runs::judged_views). Unset: the same views.
  std::optional<EncodedViews> judged = {};
  double temperature = 0.07;  ///< τ of the run's critic
  /// τ of two views by their places, where pairs have losses of their own; unset: `temperature`.
  std::function<double(std::size_t, std::size_t)> pair_temperature = nullptr;
  /// τ of all views' critic, where a loss of tuples of views trained it. Unset: fitted to training
  /// samples, or `temperature` where too few of them have all views.
  std::optional<double> tuple_temperature = {};
  std::optional<TrainingEstimate> training = {};  ///< is passed on
};

struct InformationOptions {
  /// Number of held-out samples, at most, drawn at random.
  std::int64_t samples = 10000;
  /// The last k; 0: all the other samples.
  std::int64_t largest_k = 0;
  /// Number of labelled training samples for the probes, at most, of all classes alike.
  std::int64_t probe_labels = 10000;
  std::uint64_t seed = 0;
  std::int64_t batch_size = 256;
  at::Device device = at::kCPU;
  bool bfloat16 = false;
  int workers = 0;
  /// Told what is under way and its share, 0 … 1.
  std::function<void(const std::string& what, double share)> progress = nullptr;
  /// Processes that take the features together and all call measure_information() with the same;
  /// rank 0 alone measures, and the others' measurements are empty.
  distributed::ProcessGroup* group = nullptr;
};

/// Measures what the views of held-out samples share, with embeddings computed anew and negatives
/// drawn independently of the anchor: a bound for each ordered pair of views and each k from 16,
/// doubling, to the largest (information_curves); of three views or more, bounds on the total
/// correlation of all (total_correlation_curve), of the samples that have all; what each view's
/// representation and all together hold of the labels; the geometry of the embeddings. Views that
/// evaluation can't tell apart (two augmentations of one picture) are contrasted as `transform`
/// augments them and probed once, as `judged` shows them. Where views are missing, a pair is
/// measured on the samples that have both, and a view on those that have it; a pair's largest k is
/// then at most all its other samples. Throws Error where nothing is held out, no two views are
/// both there in 3 held-out samples, there are fewer than 2 views, or largest_k is not below the
/// number of samples.
InformationMeasurement measure_information(const InformationInput& input,
                                           const InformationOptions& options = {});

/// What a measurement says, as plain sentences with the figures that they rest on.
std::vector<std::string> findings(const InformationMeasurement& measurement);

/// The measurement as JSON. Keys that hold information end in _nats.
nlohmann::json to_json(const InformationMeasurement& measurement);

/// The reverse. Throws Error that names the key that is missing or of a wrong type; those that
/// earlier versions did not write may be missing.
InformationMeasurement information_from_json(const nlohmann::json& content);

}  // namespace cmc::evaluation
