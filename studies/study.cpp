#include "studies/study.h"

#include <fmt/format.h>

#include "cmc/advice/results.h"
#include "cmc/error.h"

namespace cmc::studies {

const Study& find_study(const std::string& name) {
  std::vector<std::string> names;
  for (const Study& study : studies()) {
    if (study.name == name) return study;
    names.push_back(study.name);
  }
  throw UsageError(fmt::format("there is no study \"{}\"; the nearest is \"{}\"", name,
                               nearest_name(name, names)));
}

advice::Notebook run_study(const Study& study, const std::filesystem::path& folder,
                           const StudyOptions& options) {
  if (options.recipe && !study.takes_recipe)
    throw UsageError(fmt::format("the study {} has its own data and takes no recipe", study.name));
  if (options.transfer && !study.takes_transfer)
    throw UsageError(fmt::format(
        "the study {} judges encoders on the data that they learned from: it takes no --transfer",
        study.name));
  advice::Notebook notebook(folder, options.progress);
  study.run(notebook, options);
  advice::write_results(notebook, {.name = study.name,
                                   .question = study.question,
                                   .quick = options.quick,
                                   .seeds = options.seed_count()});
  return notebook;
}

}  // namespace cmc::studies
