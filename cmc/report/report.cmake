# What the report folder adds to the library beside its sources. TensorBoard's messages, by protobuf.
include(EmbedText)

protobuf_generate(TARGET cmc PROTOS ${CMAKE_CURRENT_SOURCE_DIR}/report/event.proto
  OUT_VAR CMC_REPORT_PROTO PROTOC_OUT_DIR ${CMAKE_CURRENT_BINARY_DIR}/proto)
set_source_files_properties(${CMC_REPORT_PROTO} PROPERTIES
  COMPILE_OPTIONS -w SKIP_PRECOMPILE_HEADERS ON SKIP_UNITY_BUILD_INCLUSION ON)
target_include_directories(cmc SYSTEM PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/proto)
target_link_libraries(cmc PRIVATE protobuf::libprotobuf)

# The template language of its page.
find_path(CMC_MUSTACHE_INCLUDE_DIR kainjow/mustache.hpp REQUIRED
  DOC "Mustache for C++, a header (Debian: libkainjow-mustache-dev)")
mark_as_advanced(CMC_MUSTACHE_INCLUDE_DIR)
target_include_directories(cmc SYSTEM PRIVATE ${CMC_MUSTACHE_INCLUDE_DIR})

# The pages of the report and of a comparison, their styles and scripts, and Chart.js, which a page holds as it is, licence included.
find_file(CMC_CHART_JS chart.min.js PATHS /usr/share/javascript/chart.js NO_DEFAULT_PATH REQUIRED
  DOC "Chart.js 3, minified, as one script (Debian: libjs-chart.js)")
mark_as_advanced(CMC_CHART_JS)
cmc_embed_text(cmc cmc::report::assets report_html report/report.html)
cmc_embed_text(cmc cmc::report::assets report_css report/report.css)
cmc_embed_text(cmc cmc::report::assets report_js report/report.js)
cmc_embed_text(cmc cmc::report::assets charts_js report/charts.js)
cmc_embed_text(cmc cmc::report::assets comparison_html report/comparison.html)
cmc_embed_text(cmc cmc::report::assets comparison_js report/comparison.js)
cmc_embed_text(cmc cmc::report::assets chart_js ${CMC_CHART_JS})
