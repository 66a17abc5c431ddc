#include "cmc/contrast/share_out.h"

#include "cmc/contrast/negatives/negative_source.h"
#include "cmc/contrast/objective.h"

namespace cmc::contrast {

void share_out(ObjectiveImpl& objective, distributed::ProcessGroup* group) {
  for (const auto& module : objective.children())
    if (auto* const source = dynamic_cast<NegativeSource*>(module.get())) source->share_out(group);
}

}  // namespace cmc::contrast
