#include "cmc/evaluation/class_texts.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "cmc/error.h"

namespace cmc::evaluation {
namespace {

template <class... Args>
[[noreturn]] void refuse(fmt::format_string<Args...> format, Args&&... args) {
  throw UsageError(fmt::format(format, std::forward<Args>(args)...));
}

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r");
  return first == std::string::npos
             ? ""
             : text.substr(first, text.find_last_not_of(" \t\r") + 1 - first);
}

/// What stands between the tabs of a line.
std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields;
  for (std::size_t begin = 0, end = 0; end != std::string::npos; begin = end + 1) {
    end = line.find('\t', begin);
    fields.push_back(trimmed(line.substr(begin, end == std::string::npos ? end : end - begin)));
  }
  return fields;
}

/// Lines of a class's name and its texts.
void take_named(std::vector<ClassTexts>& all, const std::vector<std::string>& lines,
                const std::vector<std::string>& classes, const std::string& file) {
  for (const std::string& line : lines) {
    std::vector<std::string> fields = fields_of(line);
    const std::string name = fields.front();
    const auto found = std::ranges::find(all, name, &ClassTexts::name);
    if (found == all.end())
      refuse("{}: the data has no class \"{}\"; it has {} classes; the nearest is \"{}\"", file,
             name, classes.size(), nearest_name(name, classes));
    if (!found->texts.empty())
      refuse("{}: class \"{}\" has two lines; all its texts must stand in one, behind a tab each",
             file, name);
    fields.erase(fields.begin());
    std::erase(fields, "");
    if (fields.empty()) refuse("{}: class \"{}\" has no text behind its tab", file, name);
    found->texts = std::move(fields);
  }
  std::vector<std::string> named;
  for (const std::string& line : lines) named.push_back(fields_of(line).front());
  for (const ClassTexts& one : all)
    if (one.texts.empty())
      refuse(
          "{}: class \"{}\" has no line; each class must have one; the nearest is that of \"{}\"",
          file, one.name, nearest_name(one.name, named));
}

std::string filled(std::string frame, const std::string& text) {
  for (auto at = frame.find("{}"); at != std::string::npos; at = frame.find("{}", at + text.size()))
    frame.replace(at, 2, text);
  return frame;
}

}  // namespace

std::vector<ClassTexts> class_texts(const std::vector<std::string>& classes,
                                    const std::vector<std::string>& lines,
                                    const std::vector<std::string>& templates,
                                    const std::string& file) {
  for (const std::string& frame : templates)
    if (frame.find("{}") == std::string::npos)
      refuse("template \"{}\" has no {{}}, which stands for the name of a class", frame);
  std::vector<ClassTexts> all;
  for (const std::string& name : classes) all.push_back({name, {}});
  const bool named =
      std::ranges::any_of(lines, [](const auto& line) { return line.find('\t') < line.size(); });
  if (named) {
    take_named(all, lines, classes, file);
  } else if (!lines.empty() && lines.size() != classes.size()) {
    refuse(
        "{}: {} lines for {} classes, {}; it must have one for each, in this order, or each "
        "class's name, a tab and its text",
        file, lines.size(), classes.size(), fmt::join(classes, ", "));
  } else {
    for (std::size_t c = 0; c < classes.size(); ++c)
      all[c].texts = {lines.empty() ? classes[c] : trimmed(lines[c])};
  }
  if (templates.empty()) return all;
  for (ClassTexts& one : all) {
    std::vector<std::string> texts;
    for (const std::string& text : one.texts)
      for (const std::string& frame : templates) texts.push_back(filled(frame, text));
    one.texts = std::move(texts);
  }
  return all;
}

}  // namespace cmc::evaluation
