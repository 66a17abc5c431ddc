# What the report folder adds to the library beside its sources: TensorBoard's messages by protobuf.
protobuf_generate(TARGET cmc PROTOS ${CMAKE_CURRENT_SOURCE_DIR}/report/event.proto
  OUT_VAR CMC_REPORT_PROTO PROTOC_OUT_DIR ${CMAKE_CURRENT_BINARY_DIR}/proto)
set_source_files_properties(${CMC_REPORT_PROTO} PROPERTIES COMPILE_OPTIONS -w SKIP_PRECOMPILE_HEADERS ON)
target_include_directories(cmc SYSTEM PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/proto)
target_link_libraries(cmc PRIVATE protobuf::libprotobuf)
