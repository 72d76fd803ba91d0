# tanist_room(NAME DEPS room... LIBS library...)
# Builds src/NAME as the static library tanist_NAME from every *.cc beside it, and NAME_tests from every *_test.cc.
# DEPS are the rooms it may include; LIBS are outside libraries, private to the room.
find_package(GTest REQUIRED)
find_program(TANIST_CCACHE ccache)
if(TANIST_CCACHE)
  # Without this ccache keeps its hands off whatever uses a precompiled header.
  set(launcher env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${TANIST_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
endif()

add_library(tanist_flags INTERFACE)
target_include_directories(tanist_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_options(tanist_flags INTERFACE -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion
                                              -Wnon-virtual-dtor -Werror=return-type -Werror=switch)
# g++ 12 forgets inside a precompiled header which headers are the system's, and shows its wrong guesses about inlined
# strings (GCC bug 105651). Development builds, which inline less, keep these warnings.
target_compile_options(tanist_flags INTERFACE
                       "$<$<CONFIG:Release>:-Wno-stringop-overflow;-Wno-stringop-overread;-Wno-restrict;-Wno-array-bounds;-Wno-maybe-uninitialized>")
if(TANIST_SANITIZE)
  target_compile_options(tanist_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=undefined
                                                -fno-omit-frame-pointer)
  target_link_options(tanist_flags INTERFACE -fsanitize=address,undefined)
endif()

# What nearly every source includes is read once per kind of source, not 270 times: a third of the compiler's time. A source
# still includes what it uses. Not <filesystem>: its std::quoted competes with ours.
set(common_headers <algorithm> <chrono> <functional> <map> <memory> <optional> <set> <span> <string> <string_view>
                   <utility> <variant> <vector> <tl/expected.hpp>)
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/precompiled.cc CONTENT "")
add_library(tanist_precompiled OBJECT ${CMAKE_BINARY_DIR}/precompiled.cc)
target_link_libraries(tanist_precompiled PRIVATE tanist_flags)
target_precompile_headers(tanist_precompiled PRIVATE ${common_headers})

# Tests run for a moment and are compiled each time they change: the optimizer is for what they test.
add_library(tanist_test_flags INTERFACE)
target_link_libraries(tanist_test_flags INTERFACE tanist_flags GTest::gmock GTest::gtest_main)
target_compile_options(tanist_test_flags INTERFACE $<$<CONFIG:Release>:-O0>)
add_library(tanist_precompiled_tests OBJECT ${CMAKE_BINARY_DIR}/precompiled.cc)
target_link_libraries(tanist_precompiled_tests PRIVATE tanist_test_flags)
target_precompile_headers(tanist_precompiled_tests PRIVATE ${common_headers} <gmock/gmock.h> <gtest/gtest.h>)

# tanist_tests(NAME SOURCES source... LIBS library...): a test program.
function(tanist_tests name)
  cmake_parse_arguments(TESTS "" "" "SOURCES;LIBS" ${ARGN})
  add_executable(${name} ${TESTS_SOURCES})
  target_link_libraries(${name} PRIVATE ${TESTS_LIBS} tanist_test_flags)
  target_precompile_headers(${name} REUSE_FROM tanist_precompiled_tests)
endfunction()

function(tanist_room name)
  cmake_parse_arguments(ROOM "" "" "DEPS;LIBS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(TRANSFORM ROOM_DEPS PREPEND tanist_ OUTPUT_VARIABLE deps)
  if(sources)
    add_library(tanist_${name} STATIC ${sources})
    target_link_libraries(tanist_${name} PUBLIC tanist_flags ${deps} PRIVATE ${ROOM_LIBS})
    target_precompile_headers(tanist_${name} REUSE_FROM tanist_precompiled)
  else()
    add_library(tanist_${name} INTERFACE)
    target_link_libraries(tanist_${name} INTERFACE tanist_flags ${deps})
  endif()
  if(tests)
    tanist_tests(${name}_tests SOURCES ${tests} LIBS tanist_${name} ${ROOM_LIBS})
    add_test(NAME ${name} COMMAND ${name}_tests)
  endif()
endfunction()
