#include "cmc/report/mustache.h"

#include <kainjow/mustache.hpp>
#include <nlohmann/json.hpp>

#include "cmc/error.h"

namespace cmc::report {
namespace {

using Data = kainjow::mustache::data;  // not "data", which is a namespace of ours
using nlohmann::json;

Data to_data(const json& value) {
  if (value.is_object()) {
    Data object(Data::type::object);
    for (const auto& [name, member] : value.items()) object.set(name, to_data(member));
    return object;
  }
  if (value.is_array()) {
    Data list(Data::type::list);
    for (const json& element : value) list.push_back(to_data(element));
    return list;
  }
  if (value.is_null() || (value.is_string() && value.get_ref<const std::string&>().empty()))
    return Data(false);
  if (value.is_boolean()) return Data(value.get<bool>());
  return Data(value.is_string() ? value.get<std::string>() : value.dump());
}

/// Where Mustache leaves out what it can't find, an error.
class StrictContext : public kainjow::mustache::context<std::string> {
 public:
  using context::context;

  const Data* get(const std::string& name) const override {
    const Data* found = context::get(name);
    check(found != nullptr, "report template: nothing is named \"{}\"", name);
    return found;
  }
};

}  // namespace

std::string escape_html(std::string_view text) {
  return kainjow::mustache::html_escape(std::string(text));
}

std::string render_mustache(std::string_view text, const json& values) {
  kainjow::mustache::mustache page{std::string(text)};
  check(page.is_valid(), "report template: {}", page.error_message());
  const Data filled = to_data(values);
  StrictContext context(&filled);
  return page.render(context);
}

}  // namespace cmc::report
