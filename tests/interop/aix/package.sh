#!/bin/sh
# What is installed: header, libraries, pkg-config, CMake package and manual pages, as a stranger would use them.
# shellcheck source=tests/interop/common.sh
. "$(dirname "$0")/../common.sh"

root=$(dirname "$(readlink -f "$0")")/../../..
run 0 cmake --install "$build" --prefix "$work/installed"
header=$(find "$work/installed" -name socks5_api.h)
include=$(dirname "$header")

for standard in c99 c11 c17; do
	run 0 "${CC:-cc}" -std=$standard -Wall -Wextra -Werror -pedantic -fsyntax-only -x c -include "$header" /dev/null
done
if command -v c++ >/dev/null; then
	run 0 c++ -std=c++11 -Wall -Wextra -Werror -pedantic -fsyntax-only -x c++ -include "$header" /dev/null
	cat >"$work/program.cc" <<'END'
#include <socks5_api.h>
int main() { return socks5_getserv(nullptr, 0) != nullptr || socks5_errno != 0; }
END
	run 0 c++ -I"$include" "$work/program.cc" -L"$build/lib" -lsocks5api -o "$work/program"
	run 0 env LD_LIBRARY_PATH="$build/lib" "$work/program"
fi

pc=$(find "$work/installed" -name socks5api.pc)
run 0 env PKG_CONFIG_PATH="$(dirname "$pc")" pkg-config --cflags --libs socks5api
says "$out" "-I$work/installed/* -L$work/installed/* -lsocks5api*"

mkdir "$work/user"
cat >"$work/user/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.25)
project(user C)
find_package(socks5 REQUIRED)
add_executable(resolve ${SOURCE})
target_compile_definitions(resolve PRIVATE _DEFAULT_SOURCE)
target_link_libraries(resolve socks5::api)
END
run 0 cmake -S "$work/user" -B "$work/user/build" -DCMAKE_PREFIX_PATH="$work/installed" \
	-DSOURCE="$root/core/aix/example/resolve.c"
run 0 cmake --build "$work/user/build"
run 1 "$work/user/build/resolve"

same "exports" "$(nm -D --defined-only "$build/lib/libsocks5api.so" | sed -n 's/.* T \(.*\)@@.*/\1/p')" \
	"$(nm -g --defined-only "$build/lib/libsocks5api.a" | sed -n 's/.* T //p')"
for page in socks5_api.3 socks5c.conf.5; do
	file=$(find "$work/installed" -name $page)
	if command -v mandoc >/dev/null; then
		same "complaints about $page" "$(mandoc -Tlint -Wwarning "$file" 2>/dev/null)" ""
	fi
	if command -v man >/dev/null; then
		run 0 env MANPAGER=cat man -l "$file"
	fi
done
finish
