#pragma once

#include "cmc/evaluation/evaluate.h"
#include "cmc/evaluation/features.h"
#include "cmc/evaluation/zero_shot.h"

namespace cmc::evaluation {

/// The task of an evaluation whose options ask for zero-shot classification. Throws UsageError as
/// zero_shot_task does, and where "learned" is not among the features.
ZeroShotTask zero_shot_task(const EvaluateInput& input, const EvaluateOptions& options);

/// Embeds the classes' texts as the text view sees them, and judges each view of the task by the
/// labelled samples that have it. `judged`: learned features with their embeddings, labels and
/// views. A view that none has is left out. Throws UsageError where a text is none that decode_text
/// takes.
ZeroShot judged_by_names(const ZeroShotTask& task, const Features& judged,
                         const EvaluateInput& input, const EvaluateOptions& options);

}  // namespace cmc::evaluation
