#pragma once

#include <variant>

#include "cmc/contrast/losses/barlow_twins.h"
#include "cmc/contrast/losses/decoupled.h"
#include "cmc/contrast/losses/k_pair.h"
#include "cmc/contrast/losses/logistic.h"
#include "cmc/contrast/losses/multi_positive.h"
#include "cmc/contrast/losses/multilinear.h"
#include "cmc/contrast/losses/nce.h"
#include "cmc/contrast/losses/nt_xent.h"
#include "cmc/contrast/losses/sigmoid.h"
#include "cmc/contrast/losses/triplet.h"
#include "cmc/contrast/losses/vicreg.h"
#include "cmc/contrast/temperature.h"

namespace cmc::contrast {

/// Which loss is taken of the scores. Each has, beside its options, `check_options(options)`, and
/// one of
///
///   std::vector<DirectionScores> score(options, candidates, temperature, state)
///   TupleScores score(options, tuple_batch, temperature, state)
///
/// A loss over pairs of views gives the scores of the pair's direction and, where the candidates
/// serve both (Candidates::both_directions), of the other. A loss over tuples of views gives those
/// of each view as the anchors', and has `has_negatives(options, graph, present, groups)`,
/// `check_graph(options, graph)` and `held_out_reading(options)`. An objective does not compile
/// without. Options have a `temperature`. What a loss keeps from step to step it registers by
/// `register_state(options, views, seed, state, owner)`.
using Loss = std::variant<KPairOptions, NtXentOptions, LogisticOptions, NceOptions, TripletOptions,
                          SigmoidOptions, DecoupledOptions, MultiPositiveOptions,
                          MultilinearOptions, VicRegOptions, BarlowTwinsOptions>;

/// Throws Error on options that cannot be met.
void check_loss(const Loss& loss);

/// The temperature of a loss; of one that has none that at which its scores are read.
Temperature temperature_of(const Loss& loss);

/// Whether a loss needs the batch's own candidates.
bool of_batch_alone(const Loss& loss);

/// Whether a loss has negatives that a batch may bring beside its anchors (BatchExtras::anchors):
/// not those over tuples of views, nor those that contrast nothing.
bool takes_hard_negatives(const Loss& loss);

/// Whether a loss has several positives an anchor, which ObjectiveOptions::positives tells.
bool takes_positives(const Loss& loss);

}  // namespace cmc::contrast
