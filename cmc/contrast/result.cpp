#include "cmc/contrast/result.h"

namespace cmc::contrast {

information::InfoNce ContrastResult::information() const {
  information::InfoNce mean;
  double directions_with_negatives = 0;
  for (const DirectionResult& direction : directions) {
    if (direction.k == 0) continue;
    const information::InfoNce own = information::info_nce(direction.k, direction.k_pair_loss);
    mean.bound += own.bound;
    mean.tight_bound += own.tight_bound;
    mean.bound_ceiling += own.bound_ceiling;
    mean.ceiling += own.ceiling;
    ++directions_with_negatives;
  }
  for (double* figure : {&mean.bound, &mean.tight_bound, &mean.bound_ceiling, &mean.ceiling})
    *figure /= directions_with_negatives;
  return mean;
}

}  // namespace cmc::contrast
