# shellcheck shell=sh
# What each purpose needs from Debian 12, and how to get it. Sourced after ending.sh; a fresh minimal system has only sh, apt and perl.

packages_for() {
	case $1 in
	build) echo "gcc libc6-dev cmake ninja-build pkg-config libconfig-dev check" ;;
	demo) echo "dante-server dnsmasq-base bind9-dnsutils bind9-host knot-dnsutils" ;;
	clang) echo "clang-14 libclang-rt-14-dev" ;;
	lint) echo "clang-tidy-14 clang-format-14 cppcheck shellcheck" ;;
	servers) echo "dante-server dnsmasq-base shadowsocks-libev v2ray microsocks openssh-server openssh-client" ;;
	clients) echo "bind9-dnsutils bind9-host knot-dnsutils chrony curl iputils-ping netcat-openbsd python3-minimal" ;;
	names) echo "bind9-dnsutils" ;;
	plot) echo "gnuplot-nox dante-client" ;;
	stacking) echo "proxychains4 torsocks faketime libsocket-wrapper" ;;
	suites)
		echo "libpython3.11-testsuite nodejs default-jdk-headless perl ruby socat netcat-openbsd" \
			"libglib2.0-dev libuv1-dev libboost-dev"
		echo "ldnsutils dnsperf busybox ngtcp2-client ngtcp2-server gnutls-bin openssl snmp snmpd chrony tftp-hpa" \
			"tftpd-hpa libcoap3-bin sipsak iperf3 sockperf rsyslog bsdutils mosh openvpn aria2 wireguard-go unbound"
		;;
	capture) echo "tshark" ;;
	package) echo "dpkg-dev file man-db bash-completion fish zsh" ;;
	i386) echo "lib32gcc-12-dev libc6-dev-i386 libconfig-dev:i386 check:i386" ;;
	aarch64)
		echo "gcc-aarch64-linux-gnu libc6-dev-arm64-cross libconfig-dev:arm64 check:arm64 qemu-user"
		;;
	musl) echo "musl-tools" ;;
	test) echo "git iproute2 strace libcap2-bin file binutils g++ mandoc python3" ;;
	esac
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

missing_packages() {
	for package; do
		case $(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null) in
		?i*) ;;
		*) echo "$package" ;;
		esac
	done
}

apt() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 "$@" >&2
}

# A package that brings a service starts it unless the policy forbids it; a policy already there is left alone.
policy=/usr/sbin/policy-rc.d

remove_policy() {
	as_root rm -f "$policy"
}

# Packages of another machine's are named with it.
add_architectures() {
	for package; do
		case $package in
		*:*) echo "${package##*:}" ;;
		esac
	done | sort -u | while read -r architecture; do
		dpkg --print-foreign-architectures | grep -qx "$architecture" || as_root dpkg --add-architecture "$architecture"
	done
}

# A mirror that is about to change lacks one list or another: whether that matters, the installation finds out.
apt_install() (
	add_architectures "$@"
	if [ ! -e "$policy" ]; then
		at_end remove_policy
		printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
		as_root chmod 755 "$policy"
	fi
	apt update || :
	apt install -y --no-install-recommends "$@"
)

# install_for PURPOSE...: touches nothing, and needs no rights and no network, when all of it is there.
install_for() {
	wanted=$(for purpose; do packages_for "$purpose"; done)
	# shellcheck disable=SC2046,SC2086 # lists of words
	set -- $(missing_packages $wanted)
	if [ $# -gt 0 ]; then
		echo "installing: $*" >&2
		apt_install "$@"
	fi
}
