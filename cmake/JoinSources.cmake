# cmc_join_sources(TARGET SOURCE…): where CMAKE_UNITY_BUILD is on (the presets), compiles the sources of a folder six to a
# unit, in the order of their names: to load libtorch's headers takes longer than a small source. A source that is added
# changes the units of its own folder alone.
function(cmc_join_sources target)
  list(SORT ARGN)
  foreach(source ${ARGN})
    cmake_path(ABSOLUTE_PATH source)
    cmake_path(GET source PARENT_PATH folder)
    cmake_path(RELATIVE_PATH folder BASE_DIRECTORY ${PROJECT_SOURCE_DIR} OUTPUT_VARIABLE name)
    string(MAKE_C_IDENTIFIER "${name}" name)
    if(NOT DEFINED count_${name})
      set(count_${name} 0)
    endif()
    math(EXPR unit "${count_${name}} / 6")
    math(EXPR count_${name} "${count_${name}} + 1")
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${name}_${unit})
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD_MODE GROUP)
endfunction()
