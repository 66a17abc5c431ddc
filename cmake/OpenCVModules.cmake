# The imported target cmc::opencv. Debian ships OpenCV's CMake files only with its umbrella package,
# which brings a desktop along; the three modules that we need are found by name.
find_path(CMC_OPENCV_INCLUDE_DIR opencv2/core.hpp PATH_SUFFIXES opencv4 REQUIRED)
mark_as_advanced(CMC_OPENCV_INCLUDE_DIR)
if(NOT TARGET cmc::opencv)
  add_library(cmc::opencv INTERFACE IMPORTED)
  target_include_directories(cmc::opencv SYSTEM INTERFACE ${CMC_OPENCV_INCLUDE_DIR})
  foreach(module core imgproc imgcodecs)
    find_library(CMC_OPENCV_${module}_LIBRARY opencv_${module} REQUIRED)
    mark_as_advanced(CMC_OPENCV_${module}_LIBRARY)
    target_link_libraries(cmc::opencv INTERFACE ${CMC_OPENCV_${module}_LIBRARY})
  endforeach()
endif()
