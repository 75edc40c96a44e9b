# shellcheck shell=sh
# What Debian has no package of for musl. Sourced.

# libconfig_for_musl FOLDER: its shared library there, from Debian's source, which apt fetches and verifies without
# rights and without touching its own lists.
libconfig_for_musl() (
	mkdir -p "$1/lists/partial"
	cd "$1" || exit 1
	origin=$(apt-cache madison libconfig-dev | awk 'NR == 1 { sub(/\/main$/, "", $6); print $5, $6 }')
	echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${origin:-http://deb.debian.org/debian bookworm} main" \
		>sources.list
	set -- -qq -o "Dir::Etc::SourceList=$PWD/sources.list" -o Dir::Etc::SourceParts=/dev/null \
		-o "Dir::State::Lists=$PWD/lists" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
		-o Acquire::Retries=3 -o APT::Sandbox::User=
	apt-get "$@" update && apt-get "$@" source --download-only libconfig || exit 1
	tar -xzf libconfig_*.orig.tar.gz && cd libconfig-*/lib || exit 1
	musl-gcc -shared -fPIC -O2 -w -Wl,-soname,libconfig.so.9 -o ../../libconfig.so.9 \
		grammar.c libconfig.c scanctx.c scanner.c strbuf.c
)
