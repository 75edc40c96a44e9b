# shellcheck shell=sh disable=SC2034,SC2154
# shadowsocks-libev: an ss-local at each of $proxy_addresses, and one ss-server for them, which sends from
# $relayed_addresses. Sourced after aix.sh.
needs ss-local ss-server

start_shadowsocks() {
	ss_address=${relayed_addresses%% *}
	ss_port=$(free_port "$ss_address")
	proxy_port=$(free_port "$proxy_address")
	set -- -s "$ss_address" -p "$ss_port" -k secret -m aes-256-gcm -u
	# shellcheck disable=SC2046,SC2086 # lists of words
	start_server "$ss_address" "$ss_port" ss-server "$@" $(printf -- '-b %s ' $relayed_addresses) || return 1
	for proxy in $proxy_addresses; do
		start_server "$proxy" "$proxy_port" ss-local "$@" -b "$proxy" -l "$proxy_port" || return 1
	done
}
