# shellcheck shell=sh
# What cpack makes of the build, in $packages. Sourced with the build folder as $1.
# shellcheck source=tests/interop/dante.sh
. "$(dirname "$0")/../dante.sh"

needs cpack dpkg-deb dpkg-shlibdeps
packages=$work/packages

make_packages() {
	run 0 cpack --config "$build/CPackConfig.cmake" -B "$packages"
	rm -rf "$packages/_CPack_Packages"
}

deb_of() { # PACKAGE
	echo "$packages/$1"_*.deb
}

# What a package would put below /, folders left out.
files_of() { # PACKAGE
	dpkg-deb --fsys-tarfile "$(deb_of "$1")" | tar -t | sed -n 's|^\./\(.*[^/]\)$|\1|p' | sort
}
