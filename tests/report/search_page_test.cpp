#include "cmc/report/search_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cmc::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(SearchPage, ShowsEachQueryBesideWhatWasFound) {
  const std::string page =
      search_page("left", "right",
                  {{.query = {"a", "shoe & sock"}, .found = {{"b", "boot 0.91"}, {"c", "<bag>"}}},
                   {.query = {"d", "shirt"}, .found = {}}});
  EXPECT_THAT(page, HasSubstr("<h1>Seen as left, found as right</h1>"));
  EXPECT_THAT(page, HasSubstr("base64,YQ==\" alt=\"Query shoe &amp; sock, seen as left\""));
  EXPECT_THAT(page, HasSubstr("base64,Yg==\" alt=\"boot 0.91, seen as right\""));
  EXPECT_THAT(page, HasSubstr("&lt;bag&gt;"));
  EXPECT_THAT(page, HasSubstr("<b>shirt</b>"));
  EXPECT_THAT(page, Not(HasSubstr("{{")));
}

TEST(SearchPage, PrintsTextsAndPlaysSounds) {
  const std::string page =
      search_page("name", "clip",
                  {{.query = {"", "", "un chien & <un> chat"}, .found = {{"p", "dog", "", "w"}}}});
  EXPECT_THAT(page,
              HasSubstr("<blockquote dir=\"auto\">un chien &amp; &lt;un&gt; chat</blockquote>"));
  EXPECT_THAT(page, HasSubstr("src=\"data:audio/wav;base64,dw==\""));
  EXPECT_THAT(page, HasSubstr("base64,cA==\" alt=\"dog, seen as clip\""));
  EXPECT_THAT(page, Not(HasSubstr("alt=\"Query")));  // a text has no picture
}

}  // namespace
}  // namespace cmc::report
