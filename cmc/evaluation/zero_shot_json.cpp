#include <nlohmann/json.hpp>

#include "cmc/evaluation/json_numbers.h"
#include "cmc/evaluation/zero_shot.h"

namespace cmc::evaluation {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ClassTexts, name, texts)

void to_json(nlohmann::json& json, const ZeroShotRow& row) {
  json = {{"view", row.view},         {"samples", row.samples},
          {"accuracy", row.accuracy}, {"low", row.low},
          {"high", row.high},         {"top_5", finite_or_null(row.top_5)},
          {"balanced", row.balanced}, {"largest_class", row.largest_class}};
}

void from_json(const nlohmann::json& json, ZeroShotRow& row) {
  json.at("view").get_to(row.view);
  json.at("samples").get_to(row.samples);
  json.at("accuracy").get_to(row.accuracy);
  json.at("low").get_to(row.low);
  json.at("high").get_to(row.high);
  row.top_5 = number_or_nan(json.at("top_5"));
  json.at("balanced").get_to(row.balanced);
  json.at("largest_class").get_to(row.largest_class);
}

void to_json(nlohmann::json& json, const ZeroShot& result) {
  json = {{"text_view", result.text_view},
          {"templates", result.templates},
          {"classes", result.classes},
          {"chance", result.chance()},
          {"rows", result.rows}};
}

void from_json(const nlohmann::json& json, ZeroShot& result) {
  json.at("text_view").get_to(result.text_view);
  json.at("templates").get_to(result.templates);
  json.at("classes").get_to(result.classes);
  json.at("rows").get_to(result.rows);
}

nlohmann::json rows_of(const ZeroShot& result) {
  nlohmann::json rows = result.rows;
  for (nlohmann::json& row : rows) {
    row["text_view"] = result.text_view;
    row["chance"] = result.chance();
  }
  return rows;
}

}  // namespace cmc::evaluation
