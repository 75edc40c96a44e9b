# What cpack makes: one tarball that can be unpacked anywhere, and two Debian packages: the preloaded library with its
# wrapper, and the documented subroutines with what it takes to build on them.
set(CPACK_PACKAGE_NAME ${PROJECT_NAME})
set(CPACK_PACKAGE_VENDOR ${PROJECT_NAME})
set(CPACK_PACKAGE_CONTACT "The maintainers of ${PROJECT_NAME} <maintainers@localhost>")
set(CPACK_GENERATOR DEB TGZ)
set(CPACK_COMPONENTS_ALL preload api)
set(CPACK_STRIP_FILES ON)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(architecture_of_x86_64-linux-gnu amd64)
set(architecture_of_i386-linux-gnu i386)
set(architecture_of_aarch64-linux-gnu arm64)
set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE ${architecture_of_${CMAKE_LIBRARY_ARCHITECTURE}}) # "": that of this machine
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PRELOAD_PACKAGE_NAME libsocks5udp)
# This cpack has no variable for Multi-Arch: the line follows the section's.
set(CPACK_DEBIAN_PRELOAD_PACKAGE_SECTION "net\nMulti-Arch: same")
set(CPACK_DEBIAN_PRELOAD_PACKAGE_DEPENDS ${PARSER_PACKAGE}) # which is opened when it is needed
set(CPACK_DEBIAN_PRELOAD_PACKAGE_RECOMMENDS libcap2-bin)
set(CPACK_DEBIAN_PRELOAD_DESCRIPTION "A preloaded library that gives dynamically linked programs their UDP through the
UDP ASSOCIATE of a SOCKS5 server (RFC 1928). The program's own socket carries
the relayed datagrams; what is to be relayed leaves through the relay or not at
all. Includes socksify-udp, which runs a program with the library or says why
that cannot be.")

set(CPACK_DEBIAN_API_PACKAGE_NAME libsocks5api-dev)
set(CPACK_DEBIAN_API_PACKAGE_SECTION "libdevel\nMulti-Arch: same")
set(CPACK_DEBIAN_API_DESCRIPTION "The AIX SOCKS5 subroutines, with what it takes to build programs on them:
associations, datagrams, CONNECT and BIND by a SOCKS5 server, for programs that
know of SOCKS. Shared and static library, header, pkg-config and CMake files.")

include(CPack)

# By itself an installation below /usr/local would be found by soname from the machine's next ldconfig on.
install(CODE "if(\"\$ENV{DESTDIR}\" STREQUAL \"\" AND CMAKE_INSTALL_PREFIX STREQUAL \"${CMAKE_INSTALL_PREFIX}\")
	find_program(ldconfig ldconfig PATHS /sbin /usr/sbin)
	if(ldconfig)
		execute_process(COMMAND \${ldconfig} OUTPUT_QUIET ERROR_QUIET)
	endif()
endif()")
