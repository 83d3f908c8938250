# The test program, and what ctest runs. Included by CMakeLists.txt.
set(CNNCTL_PATIENCE 1)  # how many times longer tests may take: sanitizers are slow
if(CNNCTL_SANITIZE)
  set(CNNCTL_PATIENCE 10)
endif()
file(GLOB_RECURSE CNNCTL_TESTS CONFIGURE_DEPENDS tests/*.cpp)
list(FILTER CNNCTL_TESTS EXCLUDE REGEX "/tests/(fuzz/libfuzzer|peers/.*).cpp")
add_executable(cnnctl_tests ${CNNCTL_TESTS})
set_target_properties(cnnctl_tests PROPERTIES UNITY_BUILD OFF)  # tests name their helpers as they like
target_include_directories(cnnctl_tests PRIVATE tests)
# Tests are built once and run once; so little optimised, GCC 12 sees array bounds where std::string has none.
target_compile_options(cnnctl_tests PRIVATE $<$<CONFIG:Release>:-O1> $<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds>)
target_precompile_headers(cnnctl_tests PRIVATE <doctest/doctest.h> <map> <string> <vector>)
set_source_files_properties(tests/main.cpp PROPERTIES SKIP_PRECOMPILE_HEADERS ON  # it implements doctest
  COMPILE_DEFINITIONS "CNNCTL_BINARY=\"$<TARGET_FILE:cnnctl>\";CNNCTL_SOURCE_DIR=\"${CMAKE_SOURCE_DIR}\";CNNCTL_PATIENCE=${CNNCTL_PATIENCE}")
target_link_libraries(cnnctl_tests PRIVATE cnnctl_core doctest::doctest ZLIB::ZLIB)
add_dependencies(cnnctl_tests cnnctl)
# For scripts/parity-transforms.sh and scripts/bench-augment.sh, which build it.
add_executable(cnnctl_transforms EXCLUDE_FROM_ALL tests/peers/transforms.cpp)
target_link_libraries(cnnctl_transforms PRIVATE cnnctl_core)
if(CNNCTL_FUZZ)
  include(tests/fuzz/programs.cmake)
endif()

enable_testing()
set(CNNCTL_SUITES base tensor picture plot kernels config layers losses metrics optim data model graph checkpoint experiment
  observe train cli contract fuzz)
math(EXPR CNNCTL_SUITE_SECONDS "900 * ${CNNCTL_PATIENCE}")
math(EXPR CNNCTL_SCRIPT_SECONDS "300 * ${CNNCTL_PATIENCE}")
foreach(suite ${CNNCTL_SUITES})
  add_test(NAME ${suite} COMMAND cnnctl_tests --test-suite=${suite} --no-intro)
  # doctest is content with a suite that has no test; we are not.
  set_tests_properties(${suite} PROPERTIES TIMEOUT ${CNNCTL_SUITE_SECONDS} FAIL_REGULAR_EXPRESSION "test cases: +0 [|]")
endforeach()
# As on a machine without AVX-512: shorter registers, and OpenBLAS's code for AVX2.
add_test(NAME avx2 COMMAND cnnctl_tests --test-suite=kernels,layers,graph,contract --no-intro)
set_tests_properties(avx2 PROPERTIES TIMEOUT ${CNNCTL_SUITE_SECONDS} ENVIRONMENT
  "CNNCTL_VECTOR_BITS=256;OPENBLAS_CORETYPE=Haswell")
# The other way round: no test stands outside of these suites, where nothing would run it.
list(JOIN CNNCTL_SUITES "," CNNCTL_ALL_SUITES)
string(APPEND CNNCTL_ALL_SUITES ",parity")  # for scripts/parity.sh
add_test(NAME no_stray_tests COMMAND cnnctl_tests --test-suite-exclude=${CNNCTL_ALL_SUITES} --count)
set_tests_properties(no_stray_tests PROPERTIES PASS_REGULAR_EXPRESSION "current filters: 0")
foreach(script address_space cache configs crash grid_search memory reference stack)
  add_test(NAME ${script} COMMAND ${CMAKE_SOURCE_DIR}/tests/scripts/${script}_test.sh)
  set_tests_properties(${script} PROPERTIES TIMEOUT ${CNNCTL_SCRIPT_SECONDS} ENVIRONMENT "CNNCTL_BINARY=$<TARGET_FILE:cnnctl>")
endforeach()
