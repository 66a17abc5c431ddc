#include "app/json_output.h"

#include <fmt/format.h>

#include "cmc/files/atomic_file.h"
#include "cmc/files/json_text.h"

namespace cmc::app {

void JsonOutput::add_option(CLI::App& command, const std::string& what) {
  command
      .add_option("--json", file_,
                  fmt::format("Also write {} as JSON to this file; -: print it instead", what))
      ->type_name("FILE")
      ->always_capture_default(false);
}

void JsonOutput::check_writable() const {
  if (!file_.empty() && !is_printed()) files::check_writable(file_);
}

void JsonOutput::write(const nlohmann::json& result) const {
  if (file_.empty()) return;
  const std::string text = files::json_text(result, 2) + "\n";
  if (is_printed())
    fmt::print("{}", text);
  else
    files::write_atomically(file_, text);
}

}  // namespace cmc::app
