# What launcher_test.cpp puts in OpenBLAS's place.
add_library(unknowing_openblas SHARED app/unknowing_openblas.cpp)
set_target_properties(unknowing_openblas PROPERTIES UNITY_BUILD OFF)
add_dependencies(app_test unknowing_openblas)
target_compile_definitions(app_test PRIVATE CMC_UNKNOWING_OPENBLAS="$<TARGET_FILE:unknowing_openblas>")
