# Compiler settings shared by all targets, and the helpers that declare tests and fuzz targets.

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)

add_compile_options(-Wall -Wextra -Wconversion -Wshadow -Wpointer-arith -Wstrict-prototypes
	-Wmissing-prototypes -Wwrite-strings -Wformat=2 -Werror -Wno-unused-parameter
	-fno-common -ffunction-sections -fdata-sections)
add_compile_definitions(_GNU_SOURCE POSHAL_VERSION="${PROJECT_VERSION}")
add_link_options(-Wl,--gc-sections -Wl,--as-needed)
include_directories(${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/include)

if(POSHAL_SANITIZE)
	add_compile_options(-fsanitize=${POSHAL_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
	if(CMAKE_C_COMPILER_ID STREQUAL GNU)
		# gcc loses the ranges of values behind the sanitizers' checks and warns of what cannot happen
		add_compile_options(-Wno-format-truncation -Wno-format-overflow -Wno-maybe-uninitialized
			-Wno-stringop-overflow -Wno-stringop-truncation)
	endif()
	add_link_options(-fsanitize=${POSHAL_SANITIZE})
	add_compile_options(-g1) # a report wants lines, not variables; the programs link in half the time
endif()

# Two hundred programs are linked for the tests; what is installed is linked by the compiler's own linker.
find_program(POSHAL_LLD ld.lld)
if(POSHAL_LLD AND CMAKE_BUILD_TYPE STREQUAL Debug)
	add_link_options(-fuse-ld=lld)
endif()

# ph_test(NAME test_x SOURCES a.c LIBS ph_y [LABELS unit] [COST 100] [ARGS ...])
# One check program per test; the label "unit" means: no root, no network, no device, fast. What takes long under the sanitizers
# says how many seconds (COST), and begins first, so that nobody waits for it alone at the end.
function(ph_test)
	cmake_parse_arguments(T "" "NAME;COST" "SOURCES;LIBS;LABELS;ARGS" ${ARGN})
	if(NOT POSHAL_TESTS OR POSHAL_FUZZ)
		return()
	endif()
	if(NOT TARGET PkgConfig::CHECK)
		pkg_check_modules(CHECK REQUIRED IMPORTED_TARGET check)
	endif()
	if(NOT T_LABELS)
		set(T_LABELS unit)
	endif()
	add_executable(${T_NAME} ${T_SOURCES})
	target_link_libraries(${T_NAME} PRIVATE ${T_LIBS} PkgConfig::CHECK)
	# check's ck_assert macros compare through intmax_t and trip these two
	target_compile_options(${T_NAME} PRIVATE -Wno-conversion -Wno-sign-conversion -Wno-format-nonliteral)
	add_test(NAME ${T_NAME} COMMAND ${T_NAME} ${T_ARGS})
	set_tests_properties(${T_NAME} PROPERTIES LABELS "${T_LABELS}" TIMEOUT 300
		ENVIRONMENT CK_TIMEOUT_MULTIPLIER=30) # check gives a test 4 s, too few on a busy machine
	if(T_COST)
		math(EXPR timeout "300 + 10 * ${T_COST}")
		set_tests_properties(${T_NAME} PROPERTIES COST ${T_COST} TIMEOUT ${timeout})
	endif()
endfunction()

# ph_fuzz(NAME fuzz_x SOURCES fuzz_x.c LIBS ph_y CORPUS dir)
# With the "fuzz" preset a libFuzzer program, which ctest runs for POSHAL_FUZZ_SECONDS; otherwise a replayer of
# the seed corpus. What the fuzzer finds new stays in the build folder.
function(ph_fuzz)
	cmake_parse_arguments(F "" "NAME;CORPUS" "SOURCES;LIBS" ${ARGN})
	if(POSHAL_FUZZ)
		add_executable(${F_NAME} ${F_SOURCES})
		target_compile_options(${F_NAME} PRIVATE -fsanitize=fuzzer)
		target_link_options(${F_NAME} PRIVATE -fsanitize=fuzzer)
		file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/corpus/${F_NAME})
		add_test(NAME ${F_NAME} COMMAND ${F_NAME} -max_total_time=${POSHAL_FUZZ_SECONDS} -timeout=10
			-print_final_stats=1 ${CMAKE_BINARY_DIR}/corpus/${F_NAME} ${F_CORPUS})
		set_tests_properties(${F_NAME} PROPERTIES LABELS fuzz TIMEOUT 600)
	elseif(POSHAL_TESTS)
		add_executable(${F_NAME} ${F_SOURCES} ${CMAKE_SOURCE_DIR}/tests/support/fuzz_replay.c)
		add_test(NAME ${F_NAME}_seeds COMMAND ${F_NAME} ${F_CORPUS})
		set_tests_properties(${F_NAME}_seeds PROPERTIES LABELS "unit;fuzz" TIMEOUT 300)
	else()
		return()
	endif()
	target_link_libraries(${F_NAME} PRIVATE ${F_LIBS})
endfunction()

# ph_crash_points(ph_x): the points of base/crash_point.h in this target end its process when a test says so.
function(ph_crash_points target)
	if(POSHAL_CRASH_POINTS)
		target_compile_definitions(${target} PRIVATE POSHAL_CRASH_POINTS)
	endif()
endfunction()
