#include "app/call.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>
#include <utility>

#include "app/commands.h"
#include "cmc/edit_distance.h"
#include "cmc/error.h"
#include "cmc/recipe/nearest_key.h"

namespace cmc::app {
namespace {

using Meaning = std::pair<std::string_view, std::string_view>;

/// What other programs call our commands.
constexpr std::array<Meaning, 30> commands_meant = {{
    {"new", "init"},       {"create", "init"},       {"start", "init"},      {"guess", "init"},
    {"fit", "train"},      {"learn", "train"},       {"resume", "train"},    {"eval", "evaluate"},
    {"probe", "evaluate"}, {"test", "evaluate"},     {"score", "evaluate"},  {"knn", "evaluate"},
    {"mi", "information"}, {"bound", "information"}, {"tune", "finetune"},   {"page", "report"},
    {"html", "report"},    {"encode", "embed"},      {"predict", "embed"},   {"features", "embed"},
    {"find", "search"},    {"query", "search"},      {"retrieve", "search"}, {"convert", "export"},
    {"onnx", "export"},    {"show", "inspect"},      {"diff", "compare"},    {"ls", "runs"},
    {"list", "runs"},      {"benchmark", "bench"},
}};

/// What other programs call our options.
constexpr std::array<Meaning, 9> options_meant = {{
    {"--out", "--output"},
    {"-o", "--output"},
    {"--save", "--output"},
    {"--overwrite", "--force"},
    {"-f", "--force"},
    {"--continue", "--resume"},
    {"--format", "--json"},
    {"--top", "--k"},
    {"--dataset", "--data"},
}};

template <std::size_t N>
std::string meant_by(const std::array<Meaning, N>& meanings, std::string_view name) {
  const auto found = std::ranges::find(meanings, name, &Meaning::first);
  return found == meanings.end() ? "" : std::string(found->second);
}

/// The innermost command that was parsed.
const CLI::App* parsed_command(const CLI::App& program) {
  const auto parsed = program.get_subcommands();
  return parsed.empty() ? &program : parsed.back();
}

std::vector<std::string> options_of(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

}  // namespace

std::vector<std::string> call_of(const std::vector<std::string>& words) {
  if (words.empty()) return {"--help"};
  if (words.front() != "help") return words;
  std::vector<std::string> call(words.begin() + 1, words.end());
  const bool asks = std::ranges::count(call, "--help") + std::ranges::count(call, "-h") > 0;
  if (!asks) call.emplace_back("--help");
  return call;
}

void check_command(const CLI::App& program, const std::vector<std::string>& words) {
  if (words.empty() || words.front().starts_with('-')) return;
  const std::string& asked = words.front();
  std::vector<std::string> names;
  for (const CLI::App* command : program.get_subcommands({}))
    if (!command->get_group().empty() || command->get_name() == asked)
      names.push_back(command->get_name());
  if (std::ranges::find(names, asked) != names.end()) return;
  const std::string meant = meant_by(commands_meant, asked);
  throw UsageError(fmt::format("there is no command \"{}\"; did you mean {}? (see `cmc --help`)",
                               asked, meant.empty() ? nearest_name(asked, names) : meant));
}

std::string unexpected(const CLI::App& program, const std::string& error) {
  const CLI::App& command = *parsed_command(program);
  const std::string call = &command == &program ? "cmc" : "cmc " + command.get_name();
  const std::string see = fmt::format("(see `{} --help`)", call);
  const std::vector<std::string> left = program.remaining(true);
  const auto option = std::ranges::find_if(left, [](const std::string& word) {
    return word.starts_with('-') && word.find_first_not_of('-') != std::string::npos;
  });
  if (option == left.end())
    return left.empty() ? fmt::format("{} {}", error, see)
                        : fmt::format("`{}` has no place for \"{}\" {}", call, left.front(), see);
  const std::string name = option->substr(0, option->find('='));
  const std::vector<std::string> known = options_of(command);
  const std::string nearest = nearest_name(name, known);
  if (!nearest.empty() && is_misspelt(name, nearest))
    return fmt::format("`{}` has no option {}; did you mean {}? {}", call, name, nearest, see);
  const std::string key = recipe::nearest_key(name.substr(name.find_first_not_of('-')));
  if (!key.empty() && std::ranges::count(known, "--set") > 0)
    return fmt::format("`{}` has no option {}; --set {}=VALUE sets the recipe's key {}", call, name,
                       key, see);
  const std::string meant = meant_by(options_meant, name);
  const bool has_meant = !meant.empty() && std::ranges::count(known, meant) > 0;
  return fmt::format("`{}` has no option {}; did you mean {}? {}", call, name,
                     has_meant ? meant : nearest, see);
}

void add_help(CLI::App& program) {
  std::vector<std::string> names;
  for (const CLI::App* command : program.get_subcommands({}))
    if (!command->get_group().empty()) names.push_back(command->get_name());
  auto asked = std::make_shared<std::string>();
  CLI::App* const command =
      program.add_subcommand("help", "Print the help of the program, or of a command");
  command->add_option("command", *asked, "The command")
      ->type_name(fmt::format("TEXT:{{{}}}", fmt::join(names, ",")))
      ->always_capture_default(false);
  // Its calls are those of --help (call_of); `asked` lives as long as the option.
  command->callback([asked] {});
}

}  // namespace cmc::app
