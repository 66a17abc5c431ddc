#include "cmc/report/report.h"

#include <gtest/gtest.h>

#include <fstream>
#include <regex>

#include "cmc/error.h"
#include "cmc/report/assets.h"
#include "cmc/report/information_summary.h"
#include "tests/report/synthetic_run.h"
#include "tests/temporary_folder.h"

namespace cmc::report {
namespace {

using nlohmann::json;

/// No-break spaces as spaces.
std::string plain(std::string text) {
  const std::string space = "\u00a0";
  for (auto at = text.find(space); at != std::string::npos; at = text.find(space)) {
    text.replace(at, space.size(), " ");
  }
  return text;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// The page without styles and scripts.
std::string body(const std::string& page) {
  const auto begin = page.find("<body>");
  return page.substr(begin, page.find("<script id=\"data\"") - begin);
}

/// The page without its explanations of terms.
std::string without_terms(std::string page) {
  const auto begin = page.find("<section id=\"terms\"");
  return page.erase(begin, page.find("</section>", begin) - begin);
}

/// The data that the page's script draws.
json chart_data(const std::string& page) {
  const std::string open = "<script id=\"data\" type=\"application/json\">";
  const auto begin = page.find(open) + open.size();
  return json::parse(page.substr(begin, page.find("</script>", begin) - begin));
}

std::vector<std::string> cells(const std::string& html, const std::string& row_pattern) {
  std::smatch row;
  if (!std::regex_search(html, row, std::regex(row_pattern))) return {};
  const std::string text = row[1];
  const std::regex cell("<td[^>]*>([^<]*)</td>");
  std::vector<std::string> found;
  for (std::sregex_iterator at(text.begin(), text.end(), cell), end; at != end; ++at)
    found.push_back((*at)[1]);
  return found;
}

TEST(Report, HeadlineSaysTheMainResult) {
  TemporaryFolder folder;
  const std::string page = plain(render(SyntheticRun(folder.path() / "fashion").input()));
  EXPECT_TRUE(
      contains(page,
               "<h1>A linear probe on the learned representation reaches 89.6 % with all 60,000 "
               "labels; the raw values reach 84.4 %.</h1>"));
  EXPECT_TRUE(contains(
      page, "untrained, reaches 85.5 %; trained with all labels for as many steps, 92.1 %."));
  EXPECT_TRUE(contains(page, "<title>fashion · Contrastive Multiview Coding</title>"));
}

TEST(Report, SaysWhetherLabelsSteeredTraining) {
  TemporaryFolder folder;
  SyntheticRun run(folder.path());
  const std::string without = plain(render(run.input()));
  EXPECT_TRUE(contains(without, "Trained without labels for "));
  EXPECT_TRUE(contains(without, "the representation learned without labels and"));
  run.environment["positives"] = {"label"};
  const std::string with = plain(render(run.input()));
  EXPECT_TRUE(contains(with, "Trained with labels for "));
  EXPECT_TRUE(contains(with, "the representation learned with labels and"));
  EXPECT_FALSE(contains(with, "without labels"));
}

TEST(Report, SaysThatFoldsOfTheTrainingPartWereJudged) {
  TemporaryFolder folder;
  SyntheticRun run(folder.path());
  run.evaluation["cross_validated"] = true;
  for (json& row : run.evaluation["rows"]) row["folds"] = 5;
  const std::string page = plain(render(run.input()));
  EXPECT_FALSE(contains(page, "000 test samples"));
  EXPECT_TRUE(contains(page, "samples in 5 folds"));
  EXPECT_TRUE(contains(page, "5 folds, mean ± standard deviation"));
  EXPECT_TRUE(contains(page, "A training sample seen in one view"));
}

TEST(Report, SaysWhatMayBeWrong) {
  TemporaryFolder folder;
  ReportInput input = SyntheticRun(folder.path()).input();
  // The held-out rank was not measured; cmc information found 9.2 of 128.
  ASSERT_EQ(input.diagnosis.findings.size(), 1u);
  std::string page = body(render(input));
  EXPECT_TRUE(contains(page, "<b>collapse</b>: right: effective rank 9 of 128"));
  EXPECT_EQ(cells(page, "<th scope=\"row\">collapse</th>([^\n]*)</tr>"),
            (std::vector<std::string>{"effective rank of right", "9",
                                      "train.learning_rate, contrast.negatives, "
                                      "contrast.temperature"}));
  EXPECT_TRUE(contains(page, "Looked at: the metrics of 2,808 of 2,808 steps"));
  input.diagnosis.findings.clear();
  page = body(render(input));
  EXPECT_TRUE(contains(page, "Nothing wrong was found."));
  EXPECT_FALSE(contains(page, "doctor-caption"));
}

TEST(Report, DrawsTheProbesOnTheWay) {
  TemporaryFolder folder;
  ReportInput input = SyntheticRun(folder.path()).input();
  EXPECT_FALSE(contains(render(input), "id=\"progress\""));
  EXPECT_EQ(chart_data(render(input))["curves"]["probes"], json::array());
  input.metrics.probes = {
      {.step = 0, .linear = 0.5, .neighbours = 0.4, .labels = 1000, .judged = 900, .seconds = 1},
      {.step = 100,
       .epoch = 1.5,
       .linear = 0.875,
       .neighbours = 0.75,
       .labels = 1000,
       .judged = 900,
       .seconds = 2}};
  std::string page = plain(render(input));
  EXPECT_TRUE(contains(page,
                       "Accuracy of a small linear probe on the representation of all views went "
                       "from 50.0 to 87.5 % (fitted with 1,000 labels, judged on 900 samples; 3 s "
                       "in all"));
  EXPECT_EQ(cells(page, "<th scope=\"row\">1.50</th>(.*)</tr>"),
            (std::vector<std::string>{"100", "87.5", "75.0"}));
  EXPECT_EQ(chart_data(page)["curves"]["probes"][1],
            json::parse(R"({"epoch": 1.5, "linear": 87.5, "neighbours": 75.0})"));
  for (training::ProbeFigures& probe : input.metrics.probes) {
    probe.numbers = true;
    probe.neighbours = std::nan("");
  }
  page = plain(render(input));
  EXPECT_TRUE(contains(page,
                       "R² of a small ridge regression on the representation of all views "
                       "went from 0.500 to 0.875 (fitted"));
  EXPECT_TRUE(chart_data(page)["curves"]["probes"][0]["neighbours"].is_null());
}

TEST(Report, WithoutLabelsOpensWithWhatIsFoundAcrossViews) {
  TemporaryFolder folder;
  SyntheticRun run(folder.path());
  run.evaluation["rows"] = json::array();
  run.evaluation["classes"] = json::array();
  run.evaluation["confusion"] = json::array();
  const std::string page = plain(render(run.input()));
  EXPECT_TRUE(contains(page, "<h1>Of 10,000 samples, 62.5 % are retrieved first in")) << page;
  EXPECT_TRUE(contains(page, "by chance 0.01 %"));
  EXPECT_FALSE(contains(page, "linear classifier"));
  EXPECT_FALSE(contains(page, "href=\"#probe\""));
}

TEST(Report, TablesHoldTheEvaluationsFigures) {
  TemporaryFolder folder;
  SyntheticRun run(folder.path());
  run.evaluation["rows"][1]["probe_accuracy"] = 0.12345;  // left, learned, 600 labels
  run.evaluation["rows"][2]["knn_accuracy"] = 0.98765;    // left, learned, 6,000 labels
  const std::string page = body(render(run.input()));
  EXPECT_EQ(cells(page, ">left</th></tr>\\s*<tr class=\"learned\">(.*)</tr>"),
            (std::vector<std::string>{"68.3", "12.3", "84.2", "87.3"}));
  const std::string after = page.substr(page.find("beside-caption\"><span>k nearest"));
  EXPECT_EQ(cells(after, ">left</th></tr>\\s*<tr class=\"learned\">(.*)</tr>"),
            (std::vector<std::string>{"66.2", "75.0", "98.8", "85.2"}));
  // Its bar is as long as the figure.
  EXPECT_TRUE(contains(page, "style=\"width:12.35%\"") || contains(page, "style=\"width:12.34%\""));
}

TEST(Report, ConfusionMatrixAndRecall) {
  TemporaryFolder folder;
  SyntheticRun run(folder.path());
  run.evaluation["classes"] = {"cat", "dog", "owl"};
  run.evaluation["confusion"] = {{8, 2, 0}, {1, 3, 0}, {0, 0, 0}};
  run.evaluation["map"] = nullptr;
  run.evaluation["neighbours"] = json::array();
  const std::string page = body(render(run.input()));
  EXPECT_EQ(cells(page, "<th scope=\"row\">cat</th>(.*)</tr>"),
            (std::vector<std::string>{"80.0", "8", "2", "0"}));
  EXPECT_EQ(cells(page, "<th scope=\"row\">dog</th>(.*)</tr>"),
            (std::vector<std::string>{"75.0", "1", "3", "0"}));
  EXPECT_TRUE(
      contains(page, "<b>cat</b> predicted as <b>dog</b> <span class=\"of\">2 of 10</span>"));
  EXPECT_FALSE(contains(page, "id=\"map\""));
  EXPECT_FALSE(contains(page, "id=\"neighbours\""));
}

TEST(Report, AllLabelsOfAViewThatSamplesLackStandUnderAll) {
  TemporaryFolder folder;
  SyntheticRun run(folder.path());
  for (json& row : run.evaluation["rows"])
    if (row["view"] == "left" && row["labels"] == 60000) row["labels"] = 51234;
  const std::string page = body(render(run.input()));
  EXPECT_TRUE(contains(page, "all 60,000"));
  EXPECT_TRUE(contains(page, "all 51,234"));
  EXPECT_FALSE(contains(page, "<th scope=\"col\">51,234</th>"));
  EXPECT_FALSE(contains(page, "<td>–</td>"));
}

TEST(Report, WidePicturesGetRoomAndNamesStandWhereNothingHasALabel) {
  TemporaryFolder folder;
  SyntheticRun run(folder.path());
  for (json& sample : run.evaluation["shown"]) {
    sample["label"] = "";
    sample["name"] = "a thing of no class";
  }
  ReportInput input = run.input();
  const auto wide = [&](unsigned char width, unsigned char height) {
    std::string png(24, '\0');
    png[18] = 2;  // 512 pixels and more, by 256 and more
    png[19] = static_cast<char>(width);
    png[22] = 1;
    png[23] = static_cast<char>(height);
    input.thumbnail = [png](std::int64_t, const std::string&) { return png; };
    const std::string page = body(render(input));
    EXPECT_TRUE(contains(page, "<figcaption>a thing of no class</figcaption>"));
    return contains(page, "thumb query wide");
  };
  EXPECT_TRUE(wide(254, 127));
  EXPECT_FALSE(wide(254, 128));
}

TEST(Report, InformationIsABoundOnHeldOutSamplesAlone) {
  TemporaryFolder folder;
  ReportInput input = SyntheticRun(folder.path()).input();
  input.information.reset();
  input.metrics.training = {
      {.step = 10, .epoch = 1, .loss = 2, .k = 7, .training_estimate = 0.07, .ceiling = 2.0794}};
  input.metrics.held_out = {{.step = 5,
                             .epoch = 0.5,
                             .loss = 2,
                             .k = 7,
                             .bound = std::log(2.0),
                             .tight_bound = 0.9,
                             .ceiling = 2.0794},
                            {.step = 10,
                             .epoch = 1,
                             .loss = 2,
                             .k = 7,
                             .bound = 0.1,
                             .tight_bound = 0.2,
                             .ceiling = 2.0794}};
  std::string page = plain(without_terms(render(input)));
  // log 2 nats are one bit; log 8 = 2.0794 nats are three.
  EXPECT_TRUE(contains(
      page,
      "share at least 1.30 bits (0.90 nats): the bound log(k + 1) − L at its best, with k = 7"));
  EXPECT_TRUE(contains(page, "negatives; its ceiling, log(k + 1), is 3.00 bits."));
  EXPECT_TRUE(contains(page, "The paper’s form of it, log k − L, is less by log(1 + 1/k): 1.00"));
  EXPECT_TRUE(contains(page, "≥ 1.30"));  // the head says the same
  EXPECT_TRUE(contains(page, "0.90 nats, on held-out samples, k = 7"));
  EXPECT_TRUE(contains(page, "An anchor of training meets k = 7 negatives, a held-out one k = 7."));
  EXPECT_FALSE(contains(page, "at least this much"));
  EXPECT_EQ(chart_data(page)["curves"]["held_out"][0]["bound"], std::log(2.0));
  EXPECT_EQ(chart_data(page)["curves"]["training"][0]["estimate"], 0.07);

  input.metrics.held_out[0].tight_bound = 2.0;
  EXPECT_TRUE(contains(without_terms(render(input)), "at least this much"));

  // A bound below 0 is none, wherever it would be said.
  for (training::HeldOutFigures& point : input.metrics.held_out)
    point.tight_bound = point.bound = -3.1;
  page = plain(without_terms(render(input)));
  EXPECT_TRUE(
      contains(page, "bound log(k + 1) − L was -4.47 bits at its best, with k = 7 negatives"));
  EXPECT_TRUE(contains(page, "not informative: -4.47 bits, on held-out samples, k = 7"));
  EXPECT_TRUE(contains(page, "≥ 0"));
  EXPECT_FALSE(contains(page, "≥ -") || contains(page, "at least -"));

  input.metrics.held_out.clear();
  page = body(without_terms(render(input)));
  EXPECT_TRUE(contains(page, "there is no bound; what is shown is a training estimate"));
  EXPECT_FALSE(contains(page, "≥"));
}

TEST(Report, HeldOutInformationIsShownByK) {
  TemporaryFolder folder;
  SyntheticRun run(folder.path());
  run.information["pairs"][0]["points"][0]["low_nats"] = nullptr;  // one batch tells no interval
  const std::string page = render(run.input());
  EXPECT_TRUE(contains(page, "<li>right: effective rank 9 of 128 &lt;collapsed&gt;.</li>"));
  const json chart = chart_data(page)["information"];
  ASSERT_EQ(chart["curves"].size(), 2u);
  EXPECT_EQ(chart["curves"][1]["label"], "right → left");
  EXPECT_NEAR(chart["ceiling"][0]["y"].get<double>(), std::log2(17.0), 1e-12);
  const double nats = run.information["pairs"][0]["points"].back()["tight_bound_nats"];
  EXPECT_NEAR(chart["curves"][0]["points"].back()["y"].get<double>(), nats / std::log(2.0), 1e-12);
  const std::vector<std::string> row =
      cells(page, "<tr><th scope=\"row\">left</th>(<td>right</td><td>16</td>.*)</tr>");
  ASSERT_EQ(row.size(), 7u);
  EXPECT_TRUE(row[4].starts_with("– … ")) << row[4];
  EXPECT_EQ(row[5], "4.09");  // log2 17
  EXPECT_TRUE(contains(page, "<td>47.3</td><td>128</td><td>128</td>"));
  // One figure of what the views share at least: that of the most negatives, in the head too.
  const std::string text = plain(page), most = fmt::format("≥ {:.2f}", nats / std::log(2.0));
  EXPECT_TRUE(contains(text, most)) << most;
  EXPECT_TRUE(contains(text, "from left to right, held out, k = 9,999"));
  EXPECT_TRUE(contains(text, "Measured after each epoch, the bound log(k + 1) − L"));
  EXPECT_FALSE(contains(text, "On held-out samples, the views share at least"));

  ReportInput without = run.input();
  without.information.reset();
  EXPECT_FALSE(contains(body(render(without)), "shared-chart"));
}

TEST(InformationSummary, HasBoundsLabelsAndFindings) {
  TemporaryFolder folder;
  const SyntheticRun run(folder.path());
  const std::string text = information_summary(evaluation::information_from_json(run.information));
  EXPECT_TRUE(contains(text, "on 10,000 held-out samples, at τ = 0.1\n"));
  EXPECT_TRUE(contains(text, "from   to         k  log k − L"));
  const double nats = run.information["pairs"][1]["points"].back()["tight_bound_nats"];
  EXPECT_TRUE(contains(text, fmt::format("{:.2f}", nats / std::log(2.0))));
  EXPECT_TRUE(contains(text, "all         2.89    2.86 … 2.91  3.32  2.00         88.0\n"));
  EXPECT_TRUE(contains(text, "- left and right share at least 6.13 bits.\n"));
}

TEST(InformationSummary, ErrorsNameTheKey) {
  TemporaryFolder folder;
  SyntheticRun run(folder.path());
  run.information["pairs"][1]["points"].back().erase("bound_nats");
  const std::string message = message_of<Error>(
      [&] { information_summary(evaluation::information_from_json(run.information)); });
  EXPECT_TRUE(contains(message, "bound_nats")) << message;
}

TEST(InformationSummary, TellsOfHowManySamplesWhereTheyLackViews) {
  TemporaryFolder folder;
  SyntheticRun run(folder.path());
  const std::string column = "<th scope=\"col\">Samples</th><th scope=\"col\">k</th>";
  EXPECT_FALSE(
      contains(information_summary(evaluation::information_from_json(run.information)), "  n  "));
  EXPECT_FALSE(contains(render(run.input()), column));
  for (json& pair : run.information["pairs"]) pair["samples"] = 7012;
  const std::string text = information_summary(evaluation::information_from_json(run.information));
  EXPECT_TRUE(contains(text, "from   to         n      k  log k − L")) << text;
  EXPECT_TRUE(contains(text, "left   right  7,012     16 ")) << text;
  EXPECT_TRUE(contains(text, "all    10,000       2.89    2.86 … 2.91")) << text;
  const std::string page = render(run.input());
  EXPECT_TRUE(contains(page, column));
  EXPECT_TRUE(contains(page, "<td>right</td><td>7,012</td><td>16</td>"));
}

TEST(Report, LongCurvesAreMeansOfSteps) {
  TemporaryFolder folder;
  ReportInput input = SyntheticRun(folder.path()).input();
  input.metrics.training.clear();
  for (int step = 1; step <= 480; ++step) {
    input.metrics.training.push_back({.step = step, .epoch = step / 48.0, .loss = step * 1.0});
  }
  const std::string page = render(input);
  const json points = chart_data(page)["curves"]["training"];
  ASSERT_EQ(points.size(), 240u);
  EXPECT_EQ(points[0]["loss"], 1.5);
  EXPECT_EQ(points[239]["loss"], 479.5);
  EXPECT_TRUE(contains(page, "mean of 2 steps"));
}

TEST(Report, MapCountsNeighboursOfTheSameClass) {
  TemporaryFolder folder;
  SyntheticRun run(folder.path());
  run.evaluation["map"] = {{"indices", {0, 1, 2, 3}}, {"labels", {0, 0, 1, 1}},
                           {"x", {0, 1, 1.5, 9}},     {"y", {0, 0, 0, 0}},
                           {"view", "left"},          {"method", "PCA"}};
  const std::string page = render(run.input());
  // Nearest: 0 → 1 (own), 1 → 2 (other), 2 → 1 (other), 3 → 2 (own).
  EXPECT_TRUE(contains(page, "The nearest neighbour of 50.0 % of the points"));
  EXPECT_TRUE(contains(page, "laid out by PCA"));
  const json map = chart_data(page)["map"];
  ASSERT_EQ(map.size(), 2u);
  EXPECT_EQ(map[1]["points"][0]["x"], 1.5);
}

TEST(Report, NeighboursStandUnderTheFiguresOfTheWholeTestPart) {
  TemporaryFolder folder;
  EXPECT_TRUE(contains(body(render(SyntheticRun(folder.path()).input())),
                       "Recall among 10,000 samples: 62.5 % at 1, 81.2 % at 5, 90.0 % at 10; "
                       "median rank 1.5."));
}

TEST(Report, TextFromDataIsEscaped) {
  TemporaryFolder folder;
  SyntheticRun run(folder.path());
  const std::string evil = "<script>alert(1)</script>\"'&";
  run.evaluation["classes"][6] = evil;
  run.environment["blas"] = evil;
  run.environment["unreadable"] = {{{"name", evil}, {"reason", evil}}};
  run.recipe += "# " + evil;
  run.evaluation["neighbours"][0]["from"] = evil;
  for (json& row : run.evaluation["rows"]) {
    if (row["view"] == "left") row["view"] = evil;
  }
  const std::string page = render(run.input());
  EXPECT_FALSE(contains(page, "<script>alert"));
  EXPECT_TRUE(contains(page, "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&apos;&amp;"));
  EXPECT_EQ(chart_data(page)["map"][6]["class"], evil);
}

TEST(Report, UnreadableSamplesAreNamed) {
  TemporaryFolder folder;
  SyntheticRun run(folder.path());
  EXPECT_FALSE(contains(body(render(run.input())), "could not be read"));
  run.environment["unreadable"] = {{{"name", "cats/7.jpg"}, {"reason", "byte 512: the file ends"}},
                                   {{"name", "cats/9.jpg"}, {"reason", "empty"}}};
  const std::string page = body(render(run.input()));
  EXPECT_TRUE(contains(page, "2 samples could not be read"));
  EXPECT_TRUE(contains(page, "<code>cats/7.jpg</code> byte 512: the file ends"));
}

TEST(Report, WithoutEvaluationItSaysWhatToRun) {
  TemporaryFolder folder;
  SyntheticRun run(folder.path() / "a");
  run.write();
  std::filesystem::remove(folder.path() / "a" / "evaluation.json");
  const std::string page = body(render(report_input(runs::RunFolder::open(folder.path() / "a"))));
  EXPECT_TRUE(contains(page, "cmc evaluate " + (folder.path() / "a").string()));
  EXPECT_FALSE(contains(page, "id=\"probe\""));
  EXPECT_TRUE(contains(page, "id=\"loss\""));
}

TEST(Report, IsOneFileThatNamesNoOther) {
  TemporaryFolder folder;
  const std::string page = render(SyntheticRun(folder.path()).input());
  const std::string html =
      body(page) + page.substr(0, page.find("<style>")) + std::string(assets::report_css);
  for (const std::string attribute : {" src=\"", " href=\"", " action=\"", "url("}) {
    for (auto at = html.find(attribute); at != std::string::npos;
         at = html.find(attribute, at + 1)) {
      const std::string target = html.substr(at + attribute.size(), 40);
      EXPECT_TRUE(target.starts_with("#") || target.starts_with("data:")) << target;
    }
  }
  EXPECT_FALSE(contains(html, "://"));
  // The only address in the script is the name of SVG's namespace.
  EXPECT_EQ(assets::report_js.find("http"), std::string_view::npos);
  EXPECT_EQ(assets::charts_js.find("http"), assets::charts_js.find("http://www.w3.org/2000/svg"));
  EXPECT_EQ(assets::charts_js.find("http"), assets::charts_js.rfind("http"));
  EXPECT_TRUE(contains(page, "Content-Security-Policy\" content=\"default-src 'none'"));
  EXPECT_TRUE(contains(page, "Released under the MIT License"));  // Chart.js's own header
}

TEST(Report, ReadRunNamesWhatIsWrong) {
  TemporaryFolder folder;
  const auto expect = [&](const std::string& part) {
    try {
      render(report_input(runs::RunFolder::open(folder.path())));
      ADD_FAILURE() << part;
    } catch (const Error& error) {
      EXPECT_TRUE(contains(error.what(), part)) << error.what();
    }
  };
  expect("no run.json in it");
  SyntheticRun run(folder.path());
  run.write();
  std::ofstream(folder.path() / "run.json") << "{\"seed\": ";
  expect("run.json: byte");
  run.evaluation["confusion"] = {{1, 2}, {3}};
  run.write();
  expect("row 1 of \"confusion\" has 1 columns");
  run.evaluation.erase("rows");
  run.write();
  expect("rows");
}

}  // namespace
}  // namespace cmc::report
