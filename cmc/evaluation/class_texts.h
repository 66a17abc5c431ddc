#pragma once

#include <string>
#include <vector>

namespace cmc::evaluation {

/// The texts that name one class, at least one.
struct ClassTexts {
  std::string name;  ///< of the class
  std::vector<std::string> texts;
};

/// What names each of `classes`, in their order.
///
/// `lines` are those of a file of names. Where one of them has a tab, each is a class's name as the
/// data has it and, behind a tab each, its texts: "3<TAB>a dress<TAB>a gown". Else line i is the
/// text of class i. Without lines a class is named by its own name.
///
/// Each of `templates` makes a text of each of these: "a picture of a {}", where "{}" stands for
/// it. Without templates they are taken as they are.
///
/// Throws UsageError, with `file` before it: where there are not as many lines as classes; where a
/// line's class is unknown (with the nearest), has no text or was met before; where a class has no
/// line; where a template has no "{}".
std::vector<ClassTexts> class_texts(const std::vector<std::string>& classes,
                                    const std::vector<std::string>& lines,
                                    const std::vector<std::string>& templates,
                                    const std::string& file);

}  // namespace cmc::evaluation
