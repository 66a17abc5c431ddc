#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <memory>

#include "cmc/report/comparison.h"
#include "cmc/report/report.h"
#include "tests/report/chromium.h"
#include "tests/report/synthetic_run.h"
#include "tests/temporary_folder.h"

namespace cmc::report {
namespace {

using nlohmann::json;

/// Screenshots stay in the build folder, for people to look at.
const std::filesystem::path shots = std::filesystem::path(CMC_BINARY_DIR) / "report-screenshots";

std::string from_base64(const std::string& text) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  std::uint32_t group = 0;
  int bits = 0;
  for (const char c : text) {
    const auto value = digits.find(c);
    if (value == std::string_view::npos) break;
    group = group << 6 | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits >= 8) bytes.push_back(static_cast<char>(group >> (bits -= 8) & 0xff));
  }
  return bytes;
}

/// Pairs of text and background below WCAG's contrast of 4.5 (3 for large text), as "element:
/// ratio".
constexpr const char* poor_contrast = R"js((() => {
  const channels = (text) => {
    const context = document.createElement("canvas").getContext("2d");
    context.fillStyle = text;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data];
  };
  const over = ([r, g, b, a], [R, G, B]) => [r, g, b].map((c, i) => c * a / 255 + [R, G, B][i] * (1 - a / 255));
  const luminance = (rgb) => rgb.map((c) => c / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const background = (element) => {
    const stack = [];
    for (let at = element; at; at = at.parentElement) stack.push(channels(getComputedStyle(at).backgroundColor));
    return stack.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255]);
  };
  const poor = [];
  for (const element of document.querySelectorAll("body *")) {
    const text = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!text || !element.checkVisibility() || element.closest("script, noscript, .hidden")) continue;
    const style = getComputedStyle(element);
    const behind = background(element);
    const [a, b] = [luminance(over(channels(style.color), behind)), luminance(behind)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5)) {
      poor.push(`${element.tagName}.${element.className} "${element.textContent.slice(0, 20)}": ${ratio.toFixed(2)}`);
    }
  }
  return poor;
})())js";

class Browser : public testing::Test {
 protected:
  void SetUp() override {
    if (Chromium::program().empty()) {
      GTEST_SKIP() << "no Chromium on this machine: install Debian's package \"chromium\" to test "
                      "the report in it";
    }
    browser_ = std::make_unique<Chromium>(folder_.path() / "profile");
  }

  std::filesystem::path page(const ReportInput& input, const std::string& name = "report.html") {
    const auto file = folder_.path() / name;
    std::ofstream(file, std::ios::binary) << render(input);
    return file;
  }

  std::filesystem::path write(const std::string& html) {
    const auto file = folder_.path() / "page.html";
    std::ofstream(file) << html;
    return file;
  }

  void keep_screenshot(const std::string& name) {
    std::filesystem::create_directories(shots);
    const std::string bytes = from_base64(browser_->screenshot());
    ASSERT_GT(bytes.size(), 10000u);
    std::ofstream(shots / (name + ".png"), std::ios::binary) << bytes;
  }

  void expect_quiet() {
    EXPECT_EQ(browser_->errors(), std::vector<std::string>{});
    EXPECT_EQ(browser_->requests(), std::vector<std::string>{});
  }

  /// CSS pixels by which the page is wider than the screen.
  int overflow() {
    return browser_->evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth");
  }

  TemporaryFolder folder_;
  std::unique_ptr<Chromium> browser_;
};

// What the other tests rely on: that mistakes are seen.
TEST_F(Browser, SeesErrorsAndRequests) {
  browser_->open_page(
      write("<script>console.error('x'); missing();</script><img src='http://127.0.0.1:9/a.png'>"));
  EXPECT_GE(browser_->errors().size(), 2u);
  EXPECT_EQ(browser_->requests(), std::vector<std::string>{"http://127.0.0.1:9/a.png"});
}

TEST_F(Browser, ThePagesPolicyForbidsNetworkAndForeignScripts) {
  TemporaryFolder run;
  std::string html = render(SyntheticRun(run.path()).input());
  html.replace(html.find("</main>"), 7,
               "<script>window.foreign = true</script><img src='http://127.0.0.1:9/a.png'></main>");
  browser_->open_page(write(html));
  EXPECT_TRUE(browser_->evaluate("window.foreign === undefined"));
  EXPECT_GE(browser_->errors().size(), 2u);
}

struct Screen {
  const char* name;
  int width, height;
  bool mobile;
};

class BrowserOn : public Browser, public testing::WithParamInterface<Screen> {};

TEST_P(BrowserOn, OpensQuietlyInBothSchemes) {
  const Screen& screen = GetParam();
  TemporaryFolder run;
  const auto file = page(SyntheticRun(run.path() / "fashion-mnist").input());
  for (const char* scheme : {"light", "dark"}) {
    SCOPED_TRACE(scheme);
    browser_->screen(screen.width, screen.height, scheme, screen.mobile);
    browser_->open_page(file);
    expect_quiet();
    EXPECT_LE(overflow(), 0);
    EXPECT_EQ(browser_->evaluate("Chart.getChart('map-chart').data.datasets.length"), 10);
    EXPECT_EQ(browser_->evaluate(poor_contrast), json::array());
    keep_screenshot(std::string(screen.name) + "_" + scheme);
  }
}

TEST_P(BrowserOn, OpensAComparisonQuietlyInBothSchemes) {
  const Screen& screen = GetParam();
  TemporaryFolder runs;
  std::vector<std::filesystem::path> folders;
  for (const char* const temperature : {"0.1", "0.3", "0.9"}) {
    SyntheticRun run(runs / (std::string("temperature-") + temperature));
    run.recipe.replace(run.recipe.find("temperature = 0.1"), 17,
                       std::string("temperature = ") + temperature);
    run.environment["finished"] = true;
    run.write();
    folders.push_back(runs / (std::string("temperature-") + temperature));
  }
  const auto file = write(comparison_page(compare(folders)));
  for (const char* scheme : {"light", "dark"}) {
    SCOPED_TRACE(scheme);
    browser_->screen(screen.width, screen.height, scheme, screen.mobile);
    browser_->open_page(file);
    expect_quiet();
    EXPECT_LE(overflow(), 0);
    EXPECT_EQ(browser_->evaluate(poor_contrast), json::array());
    const std::string last = "Chart.getChart('loss-chart').data.datasets[2].data.at(-1).x";
    EXPECT_NEAR(browser_->evaluate(last).get<double>(), 12, 1e-9) << "epochs";
    browser_->evaluate("document.querySelector('input[value=step]').click()");
    EXPECT_GT(browser_->evaluate(last).get<double>(), 100) << "steps";
    keep_screenshot(std::string("comparison_") + screen.name + "_" + scheme);
  }
}

INSTANTIATE_TEST_SUITE_P(Screens, BrowserOn,
                         testing::Values(Screen{"desktop", 1280, 900, false},
                                         Screen{"phone", 390, 844, true},
                                         Screen{"small_phone", 360, 640, true}),
                         [](const auto& info) { return info.param.name; });

TEST_F(Browser, ChartsFollowAChangeOfTheColourScheme) {
  TemporaryFolder run;
  browser_->screen(1280, 900, "light");
  browser_->open_page(page(SyntheticRun(run.path()).input()));
  const std::string ask = "Chart.getChart('loss-chart').data.datasets[0].borderColor";
  const json light = browser_->evaluate(ask);
  browser_->screen(1280, 900, "dark");
  browser_->evaluate("new Promise(done => setTimeout(done, 100))");
  EXPECT_NE(browser_->evaluate(ask), light);
  expect_quiet();
}

TEST_F(Browser, ShowsBitsOrNatsAndOneViewsBars) {
  TemporaryFolder run;
  const ReportInput input = SyntheticRun(run.path()).input();
  browser_->screen(1280, 900, "light");
  browser_->open_page(page(input));
  const std::string ceiling = "Chart.getChart('information-chart').data.datasets.at(-1).data[0].y";
  EXPECT_NEAR(browser_->evaluate(ceiling).get<double>(), 8, 1e-9);
  browser_->evaluate("document.querySelector('input[value=nats]').click()");
  EXPECT_NEAR(browser_->evaluate(ceiling).get<double>(), std::log(256.0), 1e-6);

  const std::string shown =
      "[...document.querySelectorAll('.bars:not([hidden])')].map(e => e.dataset.view).join()";
  EXPECT_EQ(browser_->evaluate(shown), "view-0");
  browser_->evaluate("document.querySelector('input[value=view-2]').click()");
  EXPECT_EQ(browser_->evaluate(shown), "view-2");
  // A bar is drawn as long as its figure.
  EXPECT_NEAR(browser_
                  ->evaluate("(() => { const bar = document.querySelector('[data-view=view-2] "
                             ".learned .track span');"
                             "return bar.offsetWidth / bar.parentElement.clientWidth; })()")
                  .get<double>(),
              0.8957 - 0.027 - 0.19, 0.01);
  expect_quiet();
}

// Everything that can be switched is reached by the Tab key in order, and works by it.
TEST_F(Browser, CanBeUsedByKeyboard) {
  TemporaryFolder run;
  browser_->screen(1280, 900, "light");
  browser_->open_page(page(SyntheticRun(run.path()).input()));
  const auto press = [&](const char* key, int code, const char* text) {
    for (const char* type : {"keyDown", "keyUp"}) {
      json event = {{"type", type}, {"key", key}, {"code", key}, {"windowsVirtualKeyCode", code}};
      if (std::string(type) == "keyDown" && *text) event["text"] = text;
      browser_->call("Input.dispatchKeyEvent", event);
    }
  };
  std::vector<std::string> reached;
  for (int i = 0; i < 80; ++i) {
    press("Tab", 9, "");
    reached.push_back(
        browser_->evaluate("document.activeElement.className + document.activeElement.tagName + "
                           "(document.activeElement.textContent || "
                           "document.activeElement.value || '').trim().slice(0, 12)"));
    if (reached.back() == "BUTTONTrouser" &&
        std::count(reached.begin(), reached.end(), "BUTTONTrouser") == 1) {
      press("Enter", 13, "\r");
      EXPECT_EQ(browser_->evaluate("document.activeElement.getAttribute('aria-pressed')"), "false");
      EXPECT_EQ(browser_->evaluate("Chart.getChart('map-chart').isDatasetVisible(1)"), false);
    }
  }
  const auto at = [&](const std::string& part) {
    return std::find_if(reached.begin(), reached.end(),
                        [&](const std::string& e) { return e.find(part) != std::string::npos; });
  };
  EXPECT_EQ(at("skipA"), reached.begin());
  for (const char* part :
       {"AProbe", "INPUT", "SUMMARY", "BUTTONHeld-out", "BUTTONTrouser", "PRE"}) {
    EXPECT_NE(at(part), reached.end()) << part;
  }
  EXPECT_LT(at("AProbe"), at("BUTTONTrouser"));
}

TEST_F(Browser, NamesEverythingForAScreenReader) {
  TemporaryFolder run;
  browser_->open_page(page(SyntheticRun(run.path()).input()));
  const json tree = browser_->call("Accessibility.getFullAXTree")["nodes"];
  int pictures = 0, tables = 0, landmarks = 0;
  for (const json& node : tree) {
    if (node.value("ignored", false)) continue;
    const std::string role = node["role"]["value"];
    const std::string name = node.contains("name") ? node["name"].value("value", "") : "";
    const bool named = role == "image" || role == "img" || role == "button" || role == "radio" ||
                       role == "table" || role == "region" || role == "link" ||
                       role == "navigation" || role == "heading";
    EXPECT_TRUE(!named || !name.empty()) << node.dump();
    pictures += role == "image" || role == "img";
    tables += role == "table";
    landmarks +=
        role == "main" || role == "navigation" || role == "banner" || role == "contentinfo";
  }
  EXPECT_GE(pictures, 3 + 1 + 2 * 6 * 6);
  EXPECT_GE(tables, 2);
  EXPECT_EQ(landmarks, 4);
  // A heading's level never jumps, every table has a caption, every header cell a scope.
  EXPECT_EQ(browser_->evaluate("[...document.querySelectorAll('h1,h2,h3')].filter((h, i, all) => i "
                               "&& h.tagName[1] - all[i - 1].tagName[1] > 1).length"),
            0);
  EXPECT_EQ(browser_->evaluate("document.querySelectorAll('h1').length"), 1);
  EXPECT_EQ(
      browser_->evaluate("[...document.querySelectorAll('table')].filter(t => !t.caption).length"),
      0);
  EXPECT_EQ(browser_->evaluate("document.querySelectorAll('th:not([scope])').length"), 0);
  EXPECT_EQ(browser_->evaluate("(() => { const ids = [...document.querySelectorAll('[id]')].map(e "
                               "=> e.id); return ids.length - new Set(ids).size; })()"),
            0);
}

// Runs that are poor in data or rich in classes.
TEST_F(Browser, OpensQuietlyWhateverTheRunHolds) {
  TemporaryFolder run;
  SyntheticRun synthetic(run.path() / "odd");
  browser_->screen(390, 844, "light", true);

  ReportInput bare = synthetic.input();
  bare.evaluation.reset();
  bare.information.reset();
  bare.metrics = {};
  bare.views_sheet.clear();
  browser_->open_page(page(bare));
  EXPECT_LE(overflow(), 0);
  keep_screenshot("bare");

  ReportInput one = synthetic.input();
  one.metrics.training.resize(1);
  one.metrics.training[0].loss = std::nan("");
  one.metrics.held_out.clear();
  one.thumbnail = nullptr;
  one.environment["unreadable"] = {
      {{"name", "a/very/long/folder/of/pictures/with_a_name_that_does_not_end_0001.jpg"},
       {"reason", "byte 512: the file ends inside a segment"}}};
  browser_->open_page(page(one));
  EXPECT_LE(overflow(), 0);
  keep_screenshot("odd");

  const int classes = 100;
  json names = json::array(), confusion = json::array(), labels = json::array();
  for (int i = 0; i < classes; ++i) {
    names.push_back("a class with a long name " + std::to_string(i));
    confusion.push_back(std::vector<int>(classes, i % 3));
  }
  synthetic.evaluation["classes"] = names;
  synthetic.evaluation["confusion"] = confusion;
  for (int i = 0; i < 2000; ++i) labels.push_back(i % classes);
  synthetic.evaluation["map"]["labels"] = labels;
  for (json& row : synthetic.evaluation["rows"]) row["seeds"] = 5;
  browser_->open_page(page(synthetic.input()));
  EXPECT_LE(overflow(), 0);
  keep_screenshot("hundred_classes");

  // Seven views with a matrix of their own, and classes found by their names.
  SyntheticRun several(run.path() / "many");
  json pairs = json::array();
  for (int a = 0; a < 7; ++a)
    for (int b = a + 1; b < 7; ++b)
      for (json pair : several.information["pairs"]) {
        for (json& point : pair["points"]) point["tight_bound_nats"] = 4.0 / (b - a) - 0.2;
        pair["from"] =
            "a sensor with a long name " + std::to_string(pair["from"] == "left" ? a : b);
        pair["to"] = "a sensor with a long name " + std::to_string(pair["to"] == "left" ? a : b);
        pairs.push_back(pair);
      }
  several.information["pairs"] = pairs;
  several.evaluation["zero_shot"] = {
      {"text_view", "caption"},
      {"templates", {"a picture of <{}>"}},
      {"classes", {{{"name", "Shirt"}, {"texts", {"a picture of <shirt>"}}}}},
      {"rows",
       {{{"view", "a sensor with a long name 0"},
         {"samples", 10000},
         {"accuracy", 0.61},
         {"low", 0.6},
         {"high", 0.62},
         {"top_5", 0.9},
         {"balanced", 0.61},
         {"largest_class", 0.1}}}}};
  const auto many = page(several.input());
  for (const char* scheme : {"light", "dark"}) {
    browser_->screen(390, 844, scheme, true);
    browser_->open_page(many);
    EXPECT_LE(overflow(), 0);
    EXPECT_EQ(browser_->evaluate(poor_contrast), json::array());
    EXPECT_EQ(
        browser_->evaluate("document.querySelectorAll('#matrix svg[role=img] > title').length"), 2);
    EXPECT_EQ(browser_->evaluate("document.querySelectorAll('#zero-shot tbody tr').length"), 1);
    keep_screenshot(std::string("many_views_") + scheme);
  }
  expect_quiet();
}

TEST_F(Browser, PrintsLightWithEveryTableOpen) {
  TemporaryFolder run;
  browser_->screen(1280, 900, "dark");
  browser_->open_page(page(SyntheticRun(run.path()).input()));
  browser_->evaluate("window.dispatchEvent(new Event('beforeprint'))");
  EXPECT_EQ(browser_->evaluate("document.querySelectorAll('details:not([open])').length"), 0);
  browser_->evaluate("window.dispatchEvent(new Event('afterprint'))");
  EXPECT_EQ(browser_->evaluate("document.querySelectorAll('details[open]').length"), 0);
  const std::string pdf =
      from_base64(browser_->call("Page.printToPDF", {{"printBackground", false}})["data"]);
  EXPECT_TRUE(pdf.starts_with("%PDF"));
  std::filesystem::create_directories(shots);
  std::ofstream(shots / "report.pdf", std::ios::binary) << pdf;
  expect_quiet();
}

}  // namespace
}  // namespace cmc::report
