#include "cmc/recipe/choices.h"

#include <gtest/gtest.h>
#include <toml++/toml.h>

#include "cmc/recipe/recipe.h"
#include "tests/temporary_folder.h"

namespace cmc::recipe {
namespace {

enum class Fruit { apple, pear };
const Choices<Fruit> fruits = {{Fruit::pear, "pear"}, {Fruit::apple, "apple"}};

TEST(Choices, GoFromValueToNameAndBack) {
  EXPECT_EQ(name_of(fruits, Fruit::apple), "apple");
  EXPECT_EQ(value_of(fruits, "pear"), Fruit::pear);
  EXPECT_THROW(value_of(fruits, "plum"), Error);
  EXPECT_THROW(name_of(fruits, static_cast<Fruit>(7)), Error);
}

/// The names within the quotes of a range such as "\"a\", \"b\" or \"c\"".
std::vector<std::string> names_in(const std::string& range) {
  std::vector<std::string> names;
  for (std::size_t open = range.find('"'); open != std::string::npos;) {
    const std::size_t close = range.find('"', open + 1);
    names.push_back(range.substr(open + 1, close - open - 1));
    open = range.find('"', close + 1);
  }
  return names;
}

TEST(Choices, EveryNameOfARecipeIsWrittenAsItIsRead) {
  const TemporaryFolder folder;
  const auto path = folder.write("recipe.toml", "[contrast]\npairs = [\"a>b\"]\n");
  int tried = 0;
  for (const FieldReference& field : recipe_reference()) {
    const std::size_t dot = field.key.find('.');
    const std::string section = field.key.substr(0, dot), key = field.key.substr(dot + 1);
    if (section != "encoder" && section != "contrast" && section != "train") continue;
    if (key.find('.') != std::string::npos) continue;  // of a list of tables
    for (const std::string& name : names_in(field.range)) {
      std::vector<std::string> keys = {field.key + "=" + name};
      if (name == "multi_positive") keys.emplace_back("contrast.positives=label");  // it needs them
      const Recipe recipe = read_recipe(path, keys);
      EXPECT_EQ(toml::parse(to_toml(recipe))[section][key].value_or(std::string()), name)
          << field.key;
      ++tried;
    }
  }
  EXPECT_GE(tried, 50);
}

}  // namespace
}  // namespace cmc::recipe
