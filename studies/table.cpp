#include "studies/study.h"

namespace cmc::studies {

const std::vector<Study>& studies() {
  static const std::vector<Study> all = {
      {"gaussian", "Do the estimators recover a known information?", run_gaussian},
      {"bmi", "Which estimator of information can be trusted where?", run_bmi},
      {"negatives", "What do more negatives bring?", run_negatives, true},
      {"temperature", "What does the temperature do?", run_temperature, true},
      {"losses", "Which contrastive loss learns the better representation?", run_losses, true},
      {"beyond-pairs", "Does a loss of tuples learn what no pair of views shares?",
       run_beyond_pairs},
      {"objectives", "Does contrast learn more than predicting one view from another?",
       run_objectives, true},
      {"views", "Does a view's encoder get better as views are added?", run_views, true},
      {"patches", "How far apart should two patches of a picture be?", run_patches, true, true},
      {"augmentation", "How strongly should views be augmented?", run_augmentation, true},
      {"colours", "Do colour channels that share less teach more?", run_colours, true},
      {"learned-views", "Which colours should two views show, where that is learned?",
       run_learned_views, true},
      {"advice", "Is what short trainings propose the best at full length?", run_advice, true},
      {"composite", "Does a view forget what it does not need to share?", run_composite},
      {"processing", "Does information only decrease from views to embeddings to bound?",
       run_processing},
      {"coverage", "Do the 95 % intervals cover the truth as often as stated?", run_coverage},
  };
  return all;
}

}  // namespace cmc::studies
