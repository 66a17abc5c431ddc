#include "cmc/evaluation/unreadable.h"

#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "cmc/distributed/process_group.h"
#include "cmc/error.h"

namespace cmc::evaluation {

void add_unreadable(std::vector<data::UnreadableSample>& known,
                    const std::vector<data::UnreadableSample>& found) {
  std::set<std::pair<std::string, std::string>> seen;
  for (const data::UnreadableSample& sample : known) seen.emplace(sample.name, sample.reason);
  for (const data::UnreadableSample& sample : found)
    if (seen.emplace(sample.name, sample.reason).second) known.push_back(sample);
}

std::vector<data::UnreadableSample> of_all(distributed::ProcessGroup* group,
                                           const std::vector<data::UnreadableSample>& own) {
  if (group == nullptr) return own;
  std::vector<data::UnreadableSample> all;
  for (const std::string& text : distributed::all_gather(*group, unreadable_to_json(own).dump()))
    add_unreadable(all, unreadable_from_json(nlohmann::json::parse(text)));
  return all;
}

nlohmann::json unreadable_to_json(const std::vector<data::UnreadableSample>& samples) {
  nlohmann::json list = nlohmann::json::array();
  for (const data::UnreadableSample& sample : samples)
    list.push_back({{"name", sample.name}, {"reason", sample.reason}});
  return list;
}

std::vector<data::UnreadableSample> unreadable_from_json(const nlohmann::json& list) try {
  std::vector<data::UnreadableSample> samples;
  for (const nlohmann::json& sample : list)
    samples.push_back({.name = sample.at("name"), .reason = sample.at("reason")});
  return samples;
} catch (const nlohmann::json::exception& error) {
  fail("the list \"unreadable\": {}", error.what());
}

}  // namespace cmc::evaluation
