#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "cmc/recipe/recipe.h"

namespace cmc::recipe {
namespace {

/// The lines of docs/recipes.md that hold a key: the tables as they should be.
std::string tables() {
  std::string text;
  std::string table = "none yet";
  for (const FieldReference& field : recipe_reference()) {
    const std::size_t dot = field.key.rfind('.');
    const std::string owner = dot == std::string::npos ? "" : field.key.substr(0, dot);
    if (owner != table) {
      text += fmt::format("\n## {}\n\n| key | default | range | |\n| --- | --- | --- | --- |\n",
                          owner.empty() ? "The run" : "[" + owner + "]");
      table = owner;
    }
    text += fmt::format("| `{}` | `{}` | {} | {} |\n", field.key.substr(dot + 1), field.value,
                        field.range, field.help);
  }
  return text;
}

TEST(RecipeReference, IsThePageOfTheDocumentation) {
  std::ifstream in(CMC_SOURCE_DIR "/docs/recipes.md");
  std::stringstream page;
  page << in.rdbuf();
  const std::string expected = tables();
  EXPECT_NE(page.str().find(expected), std::string::npos) << "docs/recipes.md should end with:\n"
                                                          << expected;
}

}  // namespace
}  // namespace cmc::recipe
