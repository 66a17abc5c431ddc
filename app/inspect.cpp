#include "cmc/exchange/inspect.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "app/commands.h"

namespace cmc::app {
namespace {

using nlohmann::json;

struct Options {
  std::string file;
  bool json = false;
};

/// A name in a file, or of a file in a run's folder, may be no UTF-8. `indent` -1: on one line.
std::string dumped(const json& value, int indent = -1) {
  return value.dump(indent, ' ', false, json::error_handler_t::replace);
}

std::string text(const json& value) {
  return value.is_string() ? value.get<std::string>() : dumped(value);
}

/// "name  type  shape" a line.
void print_tensors(const json& content, const char* key) {
  if (!content.contains(key)) return;
  fmt::print("{}:\n", key);
  for (const json& tensor : content[key])
    fmt::print("  {:<44} {:<10} {}\n", tensor["name"].get<std::string>(),
               tensor.contains("type") ? text(tensor["type"]) : "",
               tensor.contains("shape") ? tensor["shape"].dump() : text(tensor["bytes"]));
}

void inspect(const Options& options) {
  const json content = exchange::inspect(options.file);
  if (options.json) {
    fmt::print("{}\n", dumped(content, 2));
    return;
  }
  for (const auto& [key, value] : content.items())
    if (!value.is_structured()) fmt::print("{}: {}\n", key, text(value));
  for (const auto* const key : {"inputs", "outputs", "tensors", "records"})
    print_tensors(content, key);
  const json metadata = content.value("metadata", json::object());
  for (const auto& [key, value] : metadata.items()) fmt::print("{}: {}\n", key, text(value));
}

}  // namespace

void add_inspect(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "inspect", "List what a checkpoint, an exported file or a run's folder holds");
  command->add_option("file", options->file, "The file or the run's folder")
      ->required()
      ->always_capture_default(false);
  command->add_flag("--json", options->json, "Print JSON");
  command->callback([options] { inspect(*options); });
}

}  // namespace cmc::app
