#include "cmc/report/mustache.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cmc/error.h"

namespace cmc::report {
namespace {

using nlohmann::json;

TEST(Mustache, EscapesUnlessToldNotTo) {
  const json values = {{"name", "<b a=\"1\">&'"}};
  EXPECT_EQ(render_mustache("{{name}}|{{{name}}}", values),
            "&lt;b a=&quot;1&quot;&gt;&amp;&apos;|<b a=\"1\">&'");
}

TEST(Mustache, DoesNotFillWhatItFilledIn) {
  EXPECT_EQ(render_mustache("{{a}} {{{a}}}", {{"a", "{{b}}"}, {"b", "no"}}), "{{b}} {{b}}");
}

TEST(Mustache, RepeatsForArraysAndLooksOutwards) {
  const json values = {
      {"unit", "%"},
      {"rows", {{{"n", 1}, {"cells", {"x", "y"}}}, {{"n", 2}, {"cells", json::array()}}}}};
  EXPECT_EQ(
      render_mustache(
          "{{#rows}}{{n}}{{unit}}:{{#cells}}{{.}},{{/cells}}{{^cells}}none{{/cells}};{{/rows}}",
          values),
      "1%:x,y,;2%:none;");
}

TEST(Mustache, SectionsOfOneNameNest) {
  const json values = {{"s", {{{"s", {1, 2}}}, {{"s", {3}}}}}};
  EXPECT_EQ(render_mustache("{{#s}}({{#s}}{{.}}{{/s}}){{/s}}", values), "(12)(3)");
}

TEST(Mustache, FalseNullEmptyAreLeftOutAndZeroIsNot) {
  for (const json& value : {json(false), json(), json(""), json::array()}) {
    EXPECT_EQ(render_mustache("{{#a}}yes{{/a}}{{^a}}no{{/a}}", {{"a", value}}), "no");
  }
  for (const json& value : {json(0), json(true), json("a"), json::object()}) {
    EXPECT_EQ(render_mustache("{{#a}}yes{{/a}}{{^a}}no{{/a}}", {{"a", value}}), "yes");
  }
}

TEST(Mustache, MistakesInATemplateAreErrors) {
  EXPECT_THROW(render_mustache("{{misspelt}}", {{"name", 1}}), Error);
  EXPECT_THROW(render_mustache("{{name", {{"name", 1}}), Error);
  EXPECT_THROW(render_mustache("{{#name}}", {{"name", 1}}), Error);
}

}  // namespace
}  // namespace cmc::report
