cmake_minimum_required(VERSION 3.25)

# The headers that a program of one's own includes, and so the library's public face. What they include in turn is
# installed with them; no other header is. CPack and cmake --install run this with CMC_SOURCE_DIR set.
set(CMC_PUBLIC_HEADERS
  error parallel random
  data/dataset data/loader data/open data/splits data/transform
  draft/draft
  views/view_recipe views/sources/source_views
  encoders/encoder
  kernels/bank_contrast kernels/contrast kernels/multi_positive_contrast kernels/sigmoid_bank_contrast
  kernels/sigmoid_contrast
  information/average_linkage information/critic_bounds information/discrete information/gaussian
  information/geometry information/info_nce information/ksg
  contrast/objective contrast/share_out contrast/view_graph
  distributed/gather distributed/process_group
  training/checkpoint training/model training/observer training/trainer
  recipe/recipe
  evaluation/cross_view evaluation/evaluate evaluation/information evaluation/knn evaluation/linear_probe
  evaluation/retrieval
  runs/run_folder runs/setup runs/trained_run
  exchange/embed exchange/export exchange/inspect exchange/load exchange/search
  report/comparison report/report report/shared_matrix)

list(TRANSFORM CMC_PUBLIC_HEADERS PREPEND cmc/)
list(TRANSFORM CMC_PUBLIC_HEADERS APPEND .h)
set(seen)
while(CMC_PUBLIC_HEADERS)
  list(POP_FRONT CMC_PUBLIC_HEADERS header)
  if(header IN_LIST seen)
    continue()
  endif()
  list(APPEND seen ${header})
  file(STRINGS ${CMC_SOURCE_DIR}/${header} includes REGEX "^#include \"cmc/")
  list(TRANSFORM includes REPLACE "^#include \"([^\"]+)\".*" "\\1")
  list(APPEND CMC_PUBLIC_HEADERS ${includes})
  cmake_path(GET header PARENT_PATH folder)
  file(INSTALL ${CMC_SOURCE_DIR}/${header} DESTINATION ${CMAKE_INSTALL_PREFIX}/${CMC_INCLUDE_DIR}/${folder})
endwhile()
