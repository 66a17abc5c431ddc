#include "cmc/exchange/inspect.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/json_output.h"
#include "cmc/files/json_text.h"

namespace cmc::app {
namespace {

using nlohmann::json;

struct Options {
  std::string file;
  JsonOutput json;
};

std::string text(const json& value) {
  return value.is_string() ? value.get<std::string>() : files::json_text(value);
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
  options.json.check_writable();
  const json content = exchange::inspect(options.file);
  options.json.write(content);
  if (options.json.is_printed()) return;
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
  options->json.add_option(*command, "what it holds");
  command->callback([options] { inspect(*options); });
}

}  // namespace cmc::app
