# The program as a person starts it: signals, full disks, read-only folders, two at once.
target_sources(app_test PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/app/program.cpp)
add_dependencies(app_test cmc_program)

# A clock that leaps, to be loaded before the program.
add_library(cmc_leaping_clock MODULE app/leaping_clock.cpp)
add_dependencies(app_test cmc_leaping_clock)
target_compile_definitions(app_test PRIVATE CMC_LEAPING_CLOCK="$<TARGET_FILE:cmc_leaping_clock>")

# An OpenBLAS that does not know the processor, to be loaded before the program too.
add_library(cmc_unknowing_openblas MODULE app/unknowing_openblas.cpp)
add_dependencies(app_test cmc_unknowing_openblas)
target_compile_definitions(app_test PRIVATE CMC_UNKNOWING_OPENBLAS="$<TARGET_FILE:cmc_unknowing_openblas>")

add_test(NAME app.KillCampaign COMMAND ${PROJECT_SOURCE_DIR}/scripts/kill-campaign 20 $<TARGET_FILE:cmc_program>)
set_tests_properties(app.KillCampaign PROPERTIES TIMEOUT 600 LABELS app ENVIRONMENT OMP_WAIT_POLICY=passive)
