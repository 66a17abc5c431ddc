# What cmake --install lays down, in two components: `program`, the program with its libraries, recipes, manual pages
# and completions; `development`, the public headers and the CMake package that find_package(cmc) reads. libtorch and
# OpenCV are found anew where the package is used.
include(CMakePackageConfigHelpers)
set(CMC_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/cmc)

set_target_properties(cmc_operators PROPERTIES EXPORT_NAME operators)
install(TARGETS cmc cmc_operators EXPORT cmcTargets
  LIBRARY COMPONENT program NAMELINK_COMPONENT development)
install(TARGETS cmc_pieces LIBRARY COMPONENT program NAMELINK_SKIP)
install(CODE "set(CMC_SOURCE_DIR \"${PROJECT_SOURCE_DIR}\")
  set(CMC_INCLUDE_DIR \"${CMAKE_INSTALL_INCLUDEDIR}\")" COMPONENT development)
install(SCRIPT ${PROJECT_SOURCE_DIR}/cmake/PublicHeaders.cmake COMPONENT development)
if(TARGET cmc_program)
  install(TARGETS cmc_program cmc_commands
    RUNTIME COMPONENT program LIBRARY COMPONENT program)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/recipes DESTINATION ${CMAKE_INSTALL_DATADIR}/cmc COMPONENT program
    FILES_MATCHING PATTERN *.toml)
  install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright COMPONENT program)
  install(DIRECTORY ${PROJECT_BINARY_DIR}/manual/ DESTINATION ${CMAKE_INSTALL_DATADIR} COMPONENT program)
endif()
install(EXPORT cmcTargets NAMESPACE cmc:: DESTINATION ${CMC_PACKAGE_DIR} COMPONENT development)

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/cmcConfig.cmake.in
  ${PROJECT_BINARY_DIR}/cmcConfig.cmake INSTALL_DESTINATION ${CMC_PACKAGE_DIR}
  NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/cmcConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/cmcConfig.cmake ${PROJECT_BINARY_DIR}/cmcConfigVersion.cmake
  ${PROJECT_SOURCE_DIR}/cmake/Libtorch.cmake ${PROJECT_SOURCE_DIR}/cmake/OpenCVModules.cmake
  DESTINATION ${CMC_PACKAGE_DIR} COMPONENT development)
