# The libraries that read image files. PNG and TIFF come with CMake; the imported targets cmc::webp and cmc::gif are
# made here, since Debian ships neither with a CMake package. All are used inside the library alone.
find_package(libjpeg-turbo REQUIRED)
find_package(PNG REQUIRED)
find_package(TIFF 4.5 REQUIRED)

find_path(CMC_WEBP_INCLUDE_DIR webp/demux.h REQUIRED)
find_library(CMC_WEBP_LIBRARY webp REQUIRED)
find_library(CMC_WEBPDEMUX_LIBRARY webpdemux REQUIRED)
add_library(cmc::webp INTERFACE IMPORTED)
target_include_directories(cmc::webp SYSTEM INTERFACE ${CMC_WEBP_INCLUDE_DIR})
target_link_libraries(cmc::webp INTERFACE ${CMC_WEBPDEMUX_LIBRARY} ${CMC_WEBP_LIBRARY})

find_path(CMC_GIF_INCLUDE_DIR gif_lib.h REQUIRED)
find_library(CMC_GIF_LIBRARY gif REQUIRED)
add_library(cmc::gif INTERFACE IMPORTED)
target_include_directories(cmc::gif SYSTEM INTERFACE ${CMC_GIF_INCLUDE_DIR})
target_link_libraries(cmc::gif INTERFACE ${CMC_GIF_LIBRARY})

mark_as_advanced(CMC_WEBP_INCLUDE_DIR CMC_WEBP_LIBRARY CMC_WEBPDEMUX_LIBRARY CMC_GIF_INCLUDE_DIR CMC_GIF_LIBRARY)
