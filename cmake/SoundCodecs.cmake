# The imported targets cmc::sndfile and cmc::mpg123: Debian ships both without a CMake package. They are used inside
# the library alone.
foreach(library sndfile mpg123)
  string(TOUPPER ${library} LIBRARY)
  find_path(CMC_${LIBRARY}_INCLUDE_DIR ${library}.h REQUIRED)
  find_library(CMC_${LIBRARY}_LIBRARY ${library} REQUIRED)
  mark_as_advanced(CMC_${LIBRARY}_INCLUDE_DIR CMC_${LIBRARY}_LIBRARY)
  add_library(cmc::${library} INTERFACE IMPORTED)
  target_include_directories(cmc::${library} SYSTEM INTERFACE ${CMC_${LIBRARY}_INCLUDE_DIR})
  target_link_libraries(cmc::${library} INTERFACE ${CMC_${LIBRARY}_LIBRARY})
endforeach()
