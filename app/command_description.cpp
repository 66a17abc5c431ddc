#include "app/command_description.h"

namespace cmc::app {
namespace {

std::vector<std::string> names(const CLI::Option& option) {
  if (option.get_positional()) return {option.get_name(true)};
  std::vector<std::string> names;
  names.reserve(option.get_snames().size() + option.get_lnames().size());
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  return names;
}

/// CLI11 tells the type and what checks a value in one text: "TEXT:{fp32,bf16}", "INT:INT in [1 -
/// 100]".
void take_type(const std::string& type, ArgumentDescription& argument) {
  const std::size_t colon = type.find(':');
  argument.value = type.substr(0, colon);
  if (colon == std::string::npos) return;
  const std::string checked = type.substr(colon + 1);
  if (checked.starts_with('{') && checked.ends_with('}'))
    argument.choices = CLI::detail::split(checked.substr(1, checked.size() - 2), ',');
  else
    argument.range = checked;
}

ArgumentDescription describe(const CLI::Option& option) {
  ArgumentDescription argument{.names = names(option),
                               .initial = option.get_default_str(),
                               .help = option.get_description(),
                               .required = option.get_required()};
  if (option.get_items_expected_max() > 0) take_type(option.get_type_name(), argument);
  return argument;
}

}  // namespace

CommandDescription describe(const CLI::App& command) {
  CommandDescription description{.name = command.get_name(), .summary = command.get_description()};
  for (const CLI::Option* option : command.get_options())
    (option->get_positional() ? description.positionals : description.options)
        .push_back(describe(*option));
  return description;
}

std::vector<CommandDescription> describe_commands(const CLI::App& program) {
  std::vector<CommandDescription> commands;
  for (const CLI::App* command : program.get_subcommands({}))
    if (!command->get_group().empty()) commands.push_back(describe(*command));
  return commands;
}

}  // namespace cmc::app
