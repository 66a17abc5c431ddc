#include "app/completion.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cmc::app {
namespace {

/// What a shell offers for a value.
enum class Offer { nothing, choices, recipes, files };

Offer offer(const ArgumentDescription& argument) {
  if (!argument.choices.empty()) return Offer::choices;
  const std::string& name = argument.names.front();
  if (name == "recipe" || name == "--recipe" || name == "--transfer") return Offer::recipes;
  if (argument.value == "INT" || argument.value == "UINT" || argument.value == "FLOAT" ||
      argument.value.find('=') != std::string::npos)
    return Offer::nothing;
  return Offer::files;
}

std::string replaced(std::string text, const std::string& characters, const std::string& before) {
  for (std::size_t i = 0; i < text.size(); ++i)
    if (characters.find(text[i]) != std::string::npos) {
      text.insert(i, before);
      i += before.size();
    }
  return text;
}

/// The first line, in single quotes of bash and zsh.
std::string quoted(const std::string& text) {
  std::string inside;
  for (const char c : text.substr(0, text.find('\n')))
    inside += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return "'" + inside + "'";
}

std::string bash_offer(const ArgumentDescription& argument) {
  switch (offer(argument)) {
    case Offer::nothing:
      return ":";
    case Offer::choices:
      return fmt::format("_cmc_words '{}'", fmt::join(argument.choices, " "));
    case Offer::recipes:
      return "_cmc_words \"$(cmc recipes 2> /dev/null | cut -d ' ' -f 1)\"; _cmc_files";
    case Offer::files:
      return "_cmc_files";
  }
  return "";
}

std::string zsh_offer(const ArgumentDescription& argument) {
  switch (offer(argument)) {
    case Offer::nothing:
      return " ";
    case Offer::choices:
      return fmt::format("({})", fmt::join(argument.choices, " "));
    case Offer::recipes:
      return "_cmc_recipes";
    case Offer::files:
      return "_files";
  }
  return "";
}

std::string zsh_text(const std::string& text) {
  return replaced(text.substr(0, text.find('\n')), "\\[]:", "\\");
}

std::string fish_quoted(const std::string& text) {
  return "'" + replaced(text.substr(0, text.find('\n')), "\\'", "\\") + "'";
}

std::string fish_offer(const ArgumentDescription& argument) {
  switch (offer(argument)) {
    case Offer::nothing:
      return " -x";
    case Offer::choices:
      return fmt::format(" -x -a '{}'", fmt::join(argument.choices, " "));
    case Offer::recipes:
      return " -r -F -a '(cmc recipes 2> /dev/null | string replace -r \" .*\" \"\")'";
    case Offer::files:
      return " -r -F";
  }
  return "";
}

}  // namespace

std::string bash_completion(const std::vector<CommandDescription>& commands) {
  std::string names, values, flags, positionals;
  for (const CommandDescription& command : commands) {
    names += command.name + " ";
    std::string options;
    for (const ArgumentDescription& option : command.options) {
      std::string cases;
      for (const std::string& name : option.names) {
        options += (options.empty() ? "" : " ") + name;
        cases += fmt::format("{}{}:{}", cases.empty() ? "" : " | ", command.name, name);
      }
      if (!option.value.empty())
        values += fmt::format("    {}) {}; return ;;\n", cases, bash_offer(option));
    }
    flags += fmt::format("      {}) _cmc_words '{}' ;;\n", command.name, options);
    if (!command.positionals.empty())
      positionals +=
          fmt::format("    {}) {} ;;\n", command.name, bash_offer(command.positionals.front()));
  }
  return fmt::format(R"bash(# Completes cmc in bash.
_cmc_words() {{
  mapfile -t -O "${{#COMPREPLY[@]}}" COMPREPLY < <(compgen -W "$1" -- "$current")
}}
_cmc_files() {{
  compopt -o filenames 2> /dev/null
  mapfile -t -O "${{#COMPREPLY[@]}}" COMPREPLY < <(compgen -f -- "$current")
}}
_cmc() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}} command=
  COMPREPLY=()
  [[ $COMP_CWORD -gt 1 ]] && command=${{COMP_WORDS[1]}}
  if [[ -z $command ]]; then
    _cmc_words '{0}--help --help-all --version'
    return
  fi
  # --name=value comes as three words.
  if [[ $current == = ]]; then
    current=
  elif [[ $previous == = ]]; then
    previous=${{COMP_WORDS[COMP_CWORD - 2]}}
  fi
  case $command:$previous in
{1}  esac
  if [[ $current == -* ]]; then
    case $command in
{2}    esac
    return
  fi
  case $command in
{3}  esac
}}
complete -F _cmc cmc
)bash",
                     names, values, flags, positionals);
}

std::string zsh_completion(const std::vector<CommandDescription>& commands) {
  std::string summaries, cases;
  for (const CommandDescription& command : commands) {
    summaries +=
        fmt::format("    {}\n", quoted(command.name + ":" + replaced(command.summary, ":", "\\")));
    cases += fmt::format("    {})\n      _arguments", command.name);
    for (const ArgumentDescription& option : command.options)
      for (const std::string& name : option.names)
        cases +=
            " \\\n        " +
            quoted(fmt::format("*{}[{}]{}", name, zsh_text(option.help),
                               option.value.empty() ? ""
                                                    : fmt::format(":{}:{}", zsh_text(option.value),
                                                                  zsh_offer(option))));
    for (const ArgumentDescription& positional : command.positionals)
      cases +=
          " \\\n        " + quoted(fmt::format("{}:{}:{}", positional.required ? "1" : ":",
                                               positional.names.front(), zsh_offer(positional)));
    cases += "\n      ;;\n";
  }
  return fmt::format(R"zsh(#compdef cmc
# Completes cmc in zsh.
_cmc_recipes() {{
  local -a recipes
  recipes=(${{(f)"$(cmc recipes 2> /dev/null | cut -d ' ' -f 1)"}})
  compadd -a recipes
  _files -g '*.toml'
}}
_cmc() {{
  local context state state_descr line
  local -a commands
  commands=(
{})
  _arguments -C '--help[Print the help]' '--version[Print versions and devices]' \
    '1:command:->command' '*::argument:->argument'
  case $state in
  command) _describe command commands ;;
  argument)
    case $words[1] in
{}    esac
    ;;
  esac
}}
_cmc "$@"
)zsh",
                     summaries, cases);
}

std::string fish_completion(const std::vector<CommandDescription>& commands) {
  std::string text = "# Completes cmc in fish.\ncomplete -c cmc -f\n";
  for (const CommandDescription& command : commands)
    text += fmt::format("complete -c cmc -n __fish_use_subcommand -a {} -d {}\n", command.name,
                        fish_quoted(command.summary));
  for (const CommandDescription& command : commands) {
    const std::string seen =
        fmt::format("complete -c cmc -n '__fish_seen_subcommand_from {}'", command.name);
    for (const ArgumentDescription& option : command.options) {
      text += seen;
      for (const std::string& name : option.names)
        text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      text += fmt::format("{} -d {}\n", option.value.empty() ? "" : fish_offer(option),
                          fish_quoted(option.help));
    }
    if (command.positionals.empty()) continue;
    const ArgumentDescription& positional = command.positionals.front();
    std::string offered = fish_offer(positional);
    for (const char* const value_only : {" -x", " -r"})
      if (offered.starts_with(value_only)) offered.erase(0, 3);
    if (!offered.empty()) text += seen + offered + "\n";
  }
  return text;
}

}  // namespace cmc::app
