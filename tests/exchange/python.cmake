# Other people's readers of the files that are handed on. They run the program on a small run of their own.
# Debian's Python reads with torch and torchvision; the packages that come from PyPI are installed once, pinned,
# into build/readers, and their test is skipped where that registry isn't reached.
if(EXISTS ${CMC_TEST_PYTHON} AND TARGET cmc_program)
  foreach(reader torch pypi)
    add_test(NAME exchange.Readers.${reader}
      COMMAND ${CMC_TEST_PYTHON} ${CMAKE_CURRENT_LIST_DIR}/readers_test.py ${reader}
        $<TARGET_FILE:cmc_program> ${PROJECT_BINARY_DIR}/readers)
  endforeach()
  set_tests_properties(exchange.Readers.torch exchange.Readers.pypi PROPERTIES
    SKIP_RETURN_CODE 77 TIMEOUT 600 COST 900 LABELS exchange ENVIRONMENT "PYTHONPATH=;OMP_WAIT_POLICY=passive")
endif()
