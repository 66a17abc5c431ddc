# Text files as constants of the program, so that an installed one needs no data files.
#
#   cmc_embed_text(TARGET NAMESPACE IDENTIFIER FILE)
#
# compiles into TARGET a definition of `const std::string_view NAMESPACE::IDENTIFIER` and of
# IDENTIFIER_sha256 (hexadecimal), which a header declares. Editing FILE rebuilds it.
function(cmc_embed_text target namespace identifier file)
  get_filename_component(input ${file} ABSOLUTE)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded/${identifier}.cpp)
  set(script ${PROJECT_SOURCE_DIR}/cmake/write_embedded.cmake)
  add_custom_command(OUTPUT ${output} DEPENDS ${input} ${script} VERBATIM
    COMMAND ${CMAKE_COMMAND} -D INPUT=${input} -D OUTPUT=${output} -D NAMESPACE=${namespace}
      -D IDENTIFIER=${identifier} -P ${script})
  set_source_files_properties(${output} PROPERTIES
    SKIP_PRECOMPILE_HEADERS ON SKIP_UNITY_BUILD_INCLUSION ON)
  target_sources(${target} PRIVATE ${output})
endfunction()
