# Where systemd, udev, D-Bus and polkit look for the files of a service. With the usual prefixes (/usr, /usr/local) these
# are fixed places below /usr, because most of them are read nowhere else; with any other prefix they are below that, for
# whoever packs or tries. DESTDIR comes in front of all of them.
if(CMAKE_INSTALL_PREFIX MATCHES "^/usr(/local)?/?$")
	set(default_system_prefix /usr)
else()
	set(default_system_prefix ${CMAKE_INSTALL_PREFIX})
endif()
set(POSHAL_SYSTEM_PREFIX ${default_system_prefix} CACHE PATH "prefix of units, rules and bus files")

set(POSHAL_UDEV_DIR ${POSHAL_SYSTEM_PREFIX}/lib/udev)
set(POSHAL_UNIT_DIR ${POSHAL_SYSTEM_PREFIX}/lib/systemd/system)
set(POSHAL_SYSUSERS_DIR ${POSHAL_SYSTEM_PREFIX}/lib/sysusers.d)
set(POSHAL_TMPFILES_DIR ${POSHAL_SYSTEM_PREFIX}/lib/tmpfiles.d)
set(POSHAL_DBUS_DIR ${POSHAL_SYSTEM_PREFIX}/share/dbus-1)
set(POSHAL_POLKIT_DIR ${POSHAL_SYSTEM_PREFIX}/share/polkit-1/actions)
set(POSHAL_POLKIT_RULES_DIR ${POSHAL_SYSTEM_PREFIX}/share/polkit-1/rules.d)
