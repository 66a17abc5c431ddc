#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace cmc::advice {

/// What may be wrong with a run.
enum class Trouble {
  few_steps,        ///< training ended while it still learned, or before it began to
  at_chance,        ///< the loss is that of guessing
  few_negatives,    ///< the training estimate is at its ceiling
  alike_views,      ///< the positive always ranks first
  collapse,         ///< embeddings use few directions
  by_heart,         ///< held-out samples get worse while training gets better
  spikes,           ///< the loss leaps up
  duplicates,       ///< samples with equal values are each other's negatives
  false_negatives,  ///< negatives of the anchor's class keep what is learned from showing it
  lone_view,        ///< a view shares nothing with the others
  no_better,        ///< what was learned is no better than a baseline
};

/// Such as "at chance".
std::string name(Trouble trouble);

/// A number that a finding rests on.
struct FindingFigure {
  std::string name;
  double value = 0;
  std::string unit = {};  ///< "bits", "nats", "%" or "of 1", which the value is in; empty: a count

  /// "7.21 bits", "1,024", "93.1 %".
  std::string text() const;
};

/// What is wrong with a run, what that rests on, and what to change.
struct Finding {
  Trouble trouble = Trouble::few_steps;
  std::string sentence;                ///< one or two plain sentences
  std::vector<FindingFigure> figures;  ///< at least one
  std::string advice;                  ///< what to try
  /// Keys of the recipe that it speaks of, the first to try first; never empty.
  std::vector<std::string> keys;
};

/// {"finding", "sentence", "figures": [{"name", "value", "unit"}], "advice", "keys"} each.
nlohmann::json to_json(const std::vector<Finding>& findings);

}  // namespace cmc::advice
