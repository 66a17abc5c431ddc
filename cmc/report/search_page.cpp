#include "cmc/report/search_page.h"

#include <nlohmann/json.hpp>

#include "cmc/files/base64.h"
#include "cmc/report/mustache.h"

namespace cmc::report {
namespace {

using nlohmann::json;

constexpr std::string_view page = R"(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>From {{from}} to {{to}}</title>
<style>
:root { color-scheme: light dark; }
body { font: 16px/1.4 system-ui, sans-serif; margin: 1.5rem auto; max-width: 72rem; padding: 0 1rem; }
section { display: flex; gap: 1.25rem; padding: 1rem 0; border-top: 1px solid #8886; }
ol { display: flex; flex-wrap: wrap; gap: .75rem; list-style: none; margin: 0; padding: 0; }
figure { margin: 0; width: 7rem; }
img { width: 100%; height: 7rem; object-fit: contain; image-rendering: pixelated; background: #8882; }
blockquote { margin: 0; height: 7rem; overflow: auto; background: #8882; display: grid; place-items: center; text-align: center; overflow-wrap: anywhere; }
audio { width: 100%; height: 2rem; }
figcaption { font-size: .8rem; overflow-wrap: anywhere; }
</style>
<h1>Seen as {{from}}, found as {{to}}</h1>
<p>Left: what was looked for, as view {{from}} sees it. Right: the nearest samples, as view {{to}} sees them,
with the cosine of the embeddings.</p>
{{#rows}}<section>
{{#query}}<figure>{{#picture}}<img src="data:image/png;base64,{{png}}" alt="Query {{caption}}, seen as {{from}}">{{/picture}}{{#text}}<blockquote dir="auto">{{text}}</blockquote>{{/text}}{{#wav}}<audio controls preload="none" src="data:audio/wav;base64,{{wav}}"></audio>{{/wav}}<figcaption><b>{{caption}}</b></figcaption></figure>
{{/query}}<ol>{{#found}}<li><figure>{{#picture}}<img src="data:image/png;base64,{{png}}" alt="{{caption}}, seen as {{to}}">{{/picture}}{{#text}}<blockquote dir="auto">{{text}}</blockquote>{{/text}}{{#wav}}<audio controls preload="none" src="data:audio/wav;base64,{{wav}}"></audio>{{/wav}}<figcaption>{{caption}}</figcaption></figure></li>
{{/found}}</ol>
</section>
{{/rows}}
</html>
)";

json values(const Thumbnail& thumbnail) {
  json shown = {{"picture", thumbnail.text.empty()},
                {"png", files::base64(thumbnail.png)},
                {"caption", thumbnail.caption}};
  shown["text"] = thumbnail.text.empty() ? json(false) : json(thumbnail.text);
  shown["wav"] = thumbnail.wav.empty() ? json(false) : json(files::base64(thumbnail.wav));
  return shown;
}

}  // namespace

std::string search_page(const std::string& from, const std::string& to,
                        const std::vector<SearchRow>& rows) {
  json shown = json::array();
  for (const SearchRow& row : rows) {
    json found = json::array();
    for (const Thumbnail& thumbnail : row.found) found.push_back(values(thumbnail));
    shown.push_back({{"query", values(row.query)}, {"found", found}});
  }
  return render_mustache(page, {{"from", from}, {"to", to}, {"rows", shown}});
}

}  // namespace cmc::report
