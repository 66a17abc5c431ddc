#include "cmc/training/fitted.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "cmc/data/atomic_file.h"
#include "cmc/error.h"

namespace cmc::views {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Standardization, mean, deviation, missing)

}  // namespace cmc::views

namespace cmc::training {

void save_fitted(const std::filesystem::path& path, const Fitted& fitted) {
  const nlohmann::json json = {{"standardization", fitted.standardizations},
                               {"categories", fitted.categories}};
  data::write_atomically(path, json.dump(1) + "\n");
}

Fitted load_fitted(const std::filesystem::path& path) {
  std::ifstream in(path);
  check(in.good(), "{}: can't be opened", path.string());
  Fitted fitted;
  try {
    const nlohmann::json json = nlohmann::json::parse(in);
    json.at("standardization").get_to(fitted.standardizations);
    json.at("categories").get_to(fitted.categories);
  } catch (const nlohmann::json::exception& error) {
    fail("{}: not what a run keeps of its training part: {}", path.string(), error.what());
  }
  return fitted;
}

}  // namespace cmc::training
