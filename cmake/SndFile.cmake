# The imported target cmc::sndfile: Debian ships libsndfile without a CMake package. It is used inside the
# library alone.
find_path(CMC_SNDFILE_INCLUDE_DIR sndfile.h REQUIRED)
find_library(CMC_SNDFILE_LIBRARY sndfile REQUIRED)
mark_as_advanced(CMC_SNDFILE_INCLUDE_DIR CMC_SNDFILE_LIBRARY)
add_library(cmc::sndfile INTERFACE IMPORTED)
target_include_directories(cmc::sndfile SYSTEM INTERFACE ${CMC_SNDFILE_INCLUDE_DIR})
target_link_libraries(cmc::sndfile INTERFACE ${CMC_SNDFILE_LIBRARY})
