# Python loads the operators alone. Needs a Python whose torch is the libtorch that they were built with:
# Debian's, for Debian's libtorch; the tests are skipped where it has none. A sanitizer would have to be there first.
set(CMC_TEST_PYTHON /usr/bin/python3 CACHE FILEPATH "The Python that the operators are tested with")
if(EXISTS ${CMC_TEST_PYTHON} AND NOT CMC_SANITIZE)
  add_test(NAME kernels.Operators.ServePython
    COMMAND ${CMC_TEST_PYTHON} ${CMAKE_CURRENT_LIST_DIR}/operators_test.py $<TARGET_FILE:cmc_operators>)
  add_test(NAME kernels.Operators.ServeThePythonExample
    COMMAND ${CMC_TEST_PYTHON} -c "import importlib.util, subprocess, sys
if not importlib.util.find_spec('torch'): print('skipped: this Python has no torch'); sys.exit(77)
sys.exit(subprocess.call([sys.executable] + sys.argv[1:]))"
      ${PROJECT_SOURCE_DIR}/examples/python/contrast.py $<TARGET_FILE:cmc_operators>)
  add_test(NAME kernels.Operators.ServeTheSigmoidExample
    COMMAND ${CMC_TEST_PYTHON} -c "import importlib.util, subprocess, sys
if not importlib.util.find_spec('torch'): print('skipped: this Python has no torch'); sys.exit(77)
sys.exit(subprocess.call([sys.executable] + sys.argv[1:]))"
      ${PROJECT_SOURCE_DIR}/examples/python/sigmoid.py $<TARGET_FILE:cmc_operators>)
  add_test(NAME kernels.Operators.ServeThePythonExampleOfLabels
    COMMAND ${CMC_TEST_PYTHON} -c "import importlib.util, subprocess, sys
if not importlib.util.find_spec('torch'): print('skipped: this Python has no torch'); sys.exit(77)
sys.exit(subprocess.call([sys.executable] + sys.argv[1:]))"
      ${PROJECT_SOURCE_DIR}/examples/python/supervised.py $<TARGET_FILE:cmc_operators>)
  set_tests_properties(kernels.Operators.ServePython kernels.Operators.ServeThePythonExample
    kernels.Operators.ServeTheSigmoidExample kernels.Operators.ServeThePythonExampleOfLabels PROPERTIES
    SKIP_RETURN_CODE 77 TIMEOUT 120 LABELS kernels
    ENVIRONMENT "PYTHONPATH=")
endif()
