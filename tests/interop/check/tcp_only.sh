#!/bin/sh
# Servers that do TCP only, and one that is no SOCKS server: each is told apart.
# shellcheck source=tests/interop/namespaces.sh
. "$(dirname "$0")/../namespaces.sh"
enter_namespaces -m "$@"
# shellcheck source=tests/interop/check.sh
. "$(dirname "$0")/../check.sh"
needs microsocks ssh sshd ssh-keygen

start_echo || exit 1
port=$(free_port "$proxy_address")
start_server "$proxy_address" "$port" microsocks -i "$proxy_address" -p "$port" || exit 1
# shellcheck disable=SC2086 # a list of words
check 1 -p "socks5://$proxy_address:$port" $targets
is '' diagnosis udp_not_supported
is associate reply 7

# A sshd of this run's own, with keys that are thrown away, and the SOCKS server that ssh is with -D.
for key in host user; do
	ssh-keygen -q -t ed25519 -N '' -f "$work/$key" || exit 1
done
cp "$work/user.pub" "$work/authorized"
chmod 600 "$work/authorized"
sshd_port=$(free_port "$proxy_address")
cat >"$work/sshd.conf" <<END
ListenAddress $proxy_address:$sshd_port
HostKey $work/host
AuthorizedKeysFile $work/authorized
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
END
mount -t tmpfs none /run && mkdir -m 755 /run/sshd || exit 1 # where it separates its privileges
start_server "$proxy_address" "$sshd_port" env "$(sbin sshd)" -D -e -f "$work/sshd.conf" || exit 1
port=$(free_port "$proxy_address")
start_server "$proxy_address" "$port" ssh -N -F /dev/null -i "$work/user" -p "$sshd_port" -D "$proxy_address:$port" \
	-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o BatchMode=yes -o ExitOnForwardFailure=yes \
	"$(id -un)@$proxy_address" || exit 1
# shellcheck disable=SC2086 # a list of words
check 1 -p "socks5://$proxy_address:$port" $targets
is '' diagnosis closed_at_request

# shellcheck disable=SC2086 # a list of words
check 1 -p "socks5://$proxy_address:$sshd_port" $targets
is '' diagnosis ssh_server
finish
