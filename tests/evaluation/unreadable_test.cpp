#include "cmc/evaluation/unreadable.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace cmc::evaluation {
namespace {

using nlohmann::json;

TEST(Unreadable, StandsOnceInARun) {
  const json run = {{"unreadable", {{{"name", "a.jpg"}, {"reason", "is empty"}}}}};
  // The index is another in each part; one sample may have two values that can't be read.
  const json list = known_unreadable(run, {{7, "b.jpg", "ends at byte 9"},
                                           {1, "a.jpg", "is empty"},
                                           {3, "b.jpg", "ends at byte 9"},
                                           {3, "b.jpg", "b.wav is no sound"}});
  EXPECT_EQ(list, json::array({{{"name", "a.jpg"}, {"reason", "is empty"}},
                               {{"name", "b.jpg"}, {"reason", "ends at byte 9"}},
                               {{"name", "b.jpg"}, {"reason", "b.wav is no sound"}}}));
  EXPECT_EQ(known_unreadable(json::object(), {}), json::array());
  EXPECT_EQ(known_unreadable({{"unreadable", list}}, unreadable_from_json(list)), list);
}

}  // namespace
}  // namespace cmc::evaluation
