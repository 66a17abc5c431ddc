#pragma once

#include <string>
#include <vector>

namespace cmc::runs {

/// The checkpoints that a run may have: of its last step, of the best held-out loss, and of
/// fine-tuning with labels.
inline const std::vector<std::string> checkpoints = {"last", "best", "finetuned"};

/// The name that stands for the one of them that a run is judged by and served from:
/// RunFolder::judged_checkpoint.
inline constexpr const char* judged_checkpoint = "judged";

/// What a person may ask for.
inline const std::vector<std::string> checkpoint_choices = {judged_checkpoint, "last", "best",
                                                            "finetuned"};

}  // namespace cmc::runs
