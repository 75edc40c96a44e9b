# shellcheck shell=sh disable=SC2034,SC2154
# A V2Ray that listens at each of $proxy_addresses and sends from $relayed_addresses. Sourced after aix.sh.
needs v2ray

# start_v2ray METHOD: none, or username for RFC 1929 and $account. Its ip: clients of 127.0.0.0/8 are otherwise told that
# the relay is at 127.0.0.1, wherever it listens.
start_v2ray() {
	proxy_port=$(free_port "$proxy_address")
	login='"auth": "noauth"'
	if [ "$1" = username ]; then
		login="\"auth\": \"password\", \"accounts\": [ { \"user\": \"$account\", \"pass\": \"$account_password\" } ]"
	fi
	inbounds='' outbounds='' rules=''
	for address in $proxy_addresses; do
		inbounds="${inbounds:+$inbounds,}
    { \"listen\": \"$address\", \"port\": $proxy_port, \"protocol\": \"socks\",
      \"settings\": { \"udp\": true, \"ip\": \"$address\", $login } }"
	done
	for address in $relayed_addresses; do
		outbounds="${outbounds:+$outbounds,}
    { \"tag\": \"$address\", \"protocol\": \"freedom\", \"sendThrough\": \"$address\" }"
		case $address in
		*:*) rules="{ \"type\": \"field\", \"ip\": [ \"::/0\" ], \"outboundTag\": \"$address\" }" ;;
		esac
	done
	# uplinkOnly: the seconds that a connection outlives the target's end of it.
	cat >"$work/v2ray.json" <<END
{ "inbounds": [ $inbounds ],
  "outbounds": [ $outbounds ],
  "routing": { "rules": [ $rules ] },
  "policy": { "levels": { "0": { "uplinkOnly": 0 } } } }
END
	start_server "$proxy_addresses" "$proxy_port" v2ray -config "$work/v2ray.json"
}

# Without a login and with one.
exchange_by_v2ray() {
	start_v2ray none && start_far_end || exit 1
	with_each reaches_it
	with_each is_told_of_no_bind
	stop_proxies
	start_v2ray username || exit 1
	try_logins reaches_it is_told_of_no_bind
}
