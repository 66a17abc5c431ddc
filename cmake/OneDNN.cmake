# The imported target cmc::onednn. oneDNN's own CMake file asks for OpenCL, for a back end that is not used.
find_path(CMC_ONEDNN_INCLUDE_DIR oneapi/dnnl/dnnl.hpp REQUIRED)
find_library(CMC_ONEDNN_LIBRARY dnnl REQUIRED)
mark_as_advanced(CMC_ONEDNN_INCLUDE_DIR CMC_ONEDNN_LIBRARY)
if(NOT TARGET cmc::onednn)
  add_library(cmc::onednn INTERFACE IMPORTED)
  target_include_directories(cmc::onednn SYSTEM INTERFACE ${CMC_ONEDNN_INCLUDE_DIR})
  target_link_libraries(cmc::onednn INTERFACE ${CMC_ONEDNN_LIBRARY})
endif()
