# The imported target cmc::pango, which draws texts in any script: Debian ships it without a CMake package. It is used
# inside the library alone.
find_package(PkgConfig REQUIRED)
pkg_check_modules(CMC_PANGO REQUIRED IMPORTED_TARGET pangocairo)
add_library(cmc::pango ALIAS PkgConfig::CMC_PANGO)
