# profiles/NAME.ini as NAME_profiles.h in the binary folder; RET_HEADER is a source of the library that includes it.
function(ph_profile_text NAME RET_HEADER)
	find_package(Python3 REQUIRED COMPONENTS Interpreter)
	set(header ${CMAKE_CURRENT_BINARY_DIR}/${NAME}_profiles.h)
	set(script ${CMAKE_SOURCE_DIR}/protocols/profile/profile_text.py)
	set(text ${CMAKE_SOURCE_DIR}/profiles/${NAME}.ini)
	add_custom_command(OUTPUT ${header} COMMAND Python3::Interpreter ${script} ${text} ${header}
		DEPENDS ${script} ${text} VERBATIM)
	set(${RET_HEADER} ${header} PARENT_SCOPE)
endfunction()
