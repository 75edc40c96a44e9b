#!/bin/sh
# shellcheck disable=SC2034,SC2154,SC2317 # what survive.sh uses, gives and calls
# The client's machine gets another address, and what came from the former one is no longer answered.
# shellcheck source=tests/interop/far_network.sh
. "$(dirname "$0")/../far_network.sh"

lose_address() {
	ip address del "$client_address/24" dev near
}

get_another() {
	case $client_address in
	*.2) client_address=192.0.2.3 ;;
	*) client_address=192.0.2.2 ;;
	esac
	associated_from=$client_address # the server does not know that the former connections are dead
	ip address add "$client_address/24" dev near
}

every_way() {
	survive "another address" lose_address get_another
}

start_far_end 192.0.2.53 fd00:5::53
start_server
start_traffic 192.0.2.53 fd00:5::53
repeat every_way
finish
