#include "cmc/evaluation/unreadable.h"

#include <nlohmann/json.hpp>
#include <set>
#include <utility>

namespace cmc::evaluation {

void add_unreadable(std::vector<data::UnreadableSample>& known,
                    const std::vector<data::UnreadableSample>& found) {
  std::set<std::pair<std::string, std::string>> seen;
  for (const data::UnreadableSample& sample : known) seen.emplace(sample.name, sample.reason);
  for (const data::UnreadableSample& sample : found)
    if (seen.emplace(sample.name, sample.reason).second) known.push_back(sample);
}

nlohmann::json unreadable_to_json(const std::vector<data::UnreadableSample>& samples) {
  nlohmann::json list = nlohmann::json::array();
  for (const data::UnreadableSample& sample : samples)
    list.push_back({{"name", sample.name}, {"reason", sample.reason}});
  return list;
}

std::vector<data::UnreadableSample> unreadable_from_json(const nlohmann::json& list) {
  std::vector<data::UnreadableSample> samples;
  for (const nlohmann::json& sample : list)
    samples.push_back({.name = sample.at("name"), .reason = sample.at("reason")});
  return samples;
}

nlohmann::json known_unreadable(const nlohmann::json& run,
                                const std::vector<data::UnreadableSample>& samples) {
  std::vector<data::UnreadableSample> known =
      unreadable_from_json(run.value("unreadable", nlohmann::json::array()));
  add_unreadable(known, samples);
  return unreadable_to_json(known);
}

}  // namespace cmc::evaluation
