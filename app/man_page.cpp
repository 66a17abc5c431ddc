#include "app/man_page.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cmc::app {
namespace {

/// Text as roff takes it: what would be read as a request or as typography is escaped.
std::string roff(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\\')
      escaped += "\\e";
    else if (c == '-')
      escaped += "\\-";
    else if (c == '\n')
      escaped += "\n.br\n";
    else if ((c == '.' || c == '\'') && (escaped.empty() || escaped.back() == '\n'))
      escaped += std::string("\\&") + c;
    else
      escaped += c;
  }
  return escaped;
}

std::string upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

std::string heading(const std::string& page, const std::string& summary) {
  return fmt::format(
      ".TH {} 1 \"\" \"cmc {}\" \"User Commands\"\n.SH NAME\n{} \\- {}\n.SH SYNOPSIS\n",
      roff(upper(page)), CMC_VERSION, roff(page), roff(summary));
}

/// A sentence for what a value may be.
std::string limits(const ArgumentDescription& argument) {
  std::string text;
  if (!argument.choices.empty())
    text += fmt::format(" One of {}.", fmt::join(argument.choices, ", "));
  if (!argument.range.empty()) text += fmt::format(" {}.", argument.range);
  if (!argument.initial.empty()) text += fmt::format(" Default: {}.", argument.initial);
  return text;
}

std::string entry(const ArgumentDescription& argument) {
  std::string names;
  for (const std::string& name : argument.names)
    names += fmt::format("{}\\fB{}\\fR", names.empty() ? "" : ", ", roff(name));
  if (!argument.value.empty() && argument.names.front().starts_with('-'))
    names += fmt::format(" \\fI{}\\fR", roff(argument.value));
  const std::string period = argument.help.ends_with('.') || argument.help.empty() ? "" : ".";
  return fmt::format(".TP\n{}\n{}{}{}{}\n", names, roff(argument.help), period,
                     argument.required ? " Required." : "", roff(limits(argument)));
}

std::string entries(const std::string& title, const std::vector<ArgumentDescription>& arguments) {
  if (arguments.empty()) return "";
  std::string text = fmt::format(".SH {}\n", title);
  for (const ArgumentDescription& argument : arguments) text += entry(argument);
  return text;
}

constexpr const char* exit_status =
    ".SH EXIT STATUS\n0: done. 1: it failed; one line on standard error says why. 2: a wrong "
    "call.\n"
    "128 + N: ended by signal N.\n";

}  // namespace

std::string program_page(const CommandDescription& program,
                         const std::vector<CommandDescription>& commands) {
  std::string text = heading("cmc", program.summary);
  text += "\\fBcmc\\fR \\fICOMMAND\\fR [\\fIOPTIONS\\fR]\n.SH COMMANDS\n";
  std::string others;
  for (const CommandDescription& command : commands) {
    text +=
        fmt::format(".TP\n\\fBcmc\\-{}\\fR(1)\n{}.\n", roff(command.name), roff(command.summary));
    others += fmt::format("{}\\fBcmc\\-{}\\fR(1)", others.empty() ? "" : ",\n", roff(command.name));
  }
  return text + entries("OPTIONS", program.options) + exit_status + ".SH SEE ALSO\n" + others +
         "\n";
}

std::string command_page(const CommandDescription& command) {
  std::string text = heading("cmc-" + command.name, command.summary);
  text += fmt::format("\\fBcmc {}\\fR [\\fIOPTIONS\\fR]", roff(command.name));
  for (const ArgumentDescription& argument : command.positionals)
    text += fmt::format("{}\\fI{}\\fR{}", argument.required ? " " : " [",
                        roff(upper(argument.names.front())), argument.required ? "" : "]");
  text += fmt::format("\n.SH DESCRIPTION\n{}.\n", roff(command.summary));
  return text + entries("ARGUMENTS", command.positionals) + entries("OPTIONS", command.options) +
         exit_status + ".SH SEE ALSO\n\\fBcmc\\fR(1)\n";
}

}  // namespace cmc::app
