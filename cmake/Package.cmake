# Debian packages, by `cpack -G DEB` in the build folder: cmc, the program, and libcmc-dev, the library to build with.
# What is packed must be built before; the tests need not be.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)
set(CPACK_PACKAGE_CONTACT "The cmc authors <cmc@localhost>")
set(CPACK_PACKAGE_VENDOR "The cmc authors")
set(CPACK_GENERATOR TGZ)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL program development)
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${CMAKE_LIBRARY_OUTPUT_DIRECTORY})

set(CPACK_COMPONENT_PROGRAM_DESCRIPTION "Learns an encoder for each view of a thing (a picture's lightness and colour,
a camera and a microphone) without labels, tells how much information the
views share, judges the representation and hands the encoders on.
This package is the program, with its libraries and recipes.")
set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME cmc)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION science)
# Loaded by name for its kernels; without it libtorch multiplies some 20 times slower.
set(CPACK_DEBIAN_PROGRAM_PACKAGE_RECOMMENDS libopenblas0-openmp)

set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "The headers and the CMake package of the C++ library cmc::cmc.")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libcmc-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SHLIBDEPS OFF)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "cmc (= ${PROJECT_VERSION}), libtorch-dev, libopencv-core-dev, \
libopencv-imgproc-dev, libopencv-imgcodecs-dev, libfmt-dev, nlohmann-json3-dev, libtomlplusplus-dev")
include(CPack)
