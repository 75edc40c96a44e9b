#!/bin/sh
# Name services beside /etc/hosts and DNS, and nscd, which may tell others what they are asked, are not asked.
# shellcheck source=tests/interop/names.sh
. "$(dirname "$0")/../names.sh"

start_relay
export SPY="$work/spy" LD_LIBRARY_PATH="$work"
compile "$work/libnss_resolve.so.2" -shared -fPIC <<'END_OF_C' || exit 1
#include <errno.h>
#include <netdb.h>
#include <nss.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

static enum nss_status not_found(const char *what, int *error, int *host_error)
{
	FILE *log = fopen(getenv("SPY"), "a");
	fprintf(log, "%s\n", what);
	fclose(log);
	*error = ENOENT;
	*host_error = HOST_NOT_FOUND;
	return NSS_STATUS_NOTFOUND;
}

enum nss_status _nss_resolve_gethostbyname2_r(const char *name, int family, struct hostent *host, char *buffer,
					      size_t room, int *error, int *host_error)
{
	return not_found(name, error, host_error);
}

enum nss_status _nss_resolve_gethostbyaddr_r(const void *address, socklen_t size, int family, struct hostent *host,
					     char *buffer, size_t room, int *error, int *host_error)
{
	return not_found("an address", error, host_error);
}

enum nss_status _nss_resolve_getnetbyname_r(const char *name, struct netent *net, char *buffer, size_t room,
					    int *error, int *host_error)
{
	return not_found(name, error, host_error);
}
END_OF_C
mount -t tmpfs tmpfs /run || skip "no place for nscd's socket"
mkdir /run/nscd
cat >"$work/nscd.pl" <<'END_OF_PERL'
use IO::Socket::UNIX;
my $listener = IO::Socket::UNIX->new(Local => '/run/nscd/socket', Listen => 8) or die $!;
$| = 1;
print "ready\n";
while (my $asker = $listener->accept) {
	print "asked\n";
}
END_OF_PERL
: >"$work/nscd.out"
perl "$work/nscd.pl" >"$work/nscd.out" &
nameservers="$nameservers $!"
wait_for $! has_line ready "$work/nscd.out" || exit 1

seen() {
	cat "$SPY"
	grep asked "$work/nscd.out"
}

# looks_up COMMAND...: nobody but the far nameserver hears of it.
looks_up() {
	: >"$SPY"
	echo ready >"$work/nscd.out"
	forget
	"$@" >"$work/out" 2>"$work/err" </dev/null
	[ -z "$(seen)" ] || fail "$*, with $services, was seen by $(seen)"
	asked_nobody_near "$*, with $services,"
}

: >"$SPY"
echo "hosts: files resolve [!UNAVAIL=return] dns" >"$work/nsswitch.conf"
getent hosts v4.test >"$work/out"
for file in "$SPY" "$work/nscd.out"; do
	grep -q "v4.test\|asked" "$file" || skip "$file: not asked here"
done

for services in "files resolve [!UNAVAIL=return] dns" "mdns4_minimal [NOTFOUND=return] resolve files" "resolve" \
	"files dns [NOTFOUND=continue] resolve"; do
	printf 'hosts: %s\nnetworks: resolve files\n' "$services" >"$work/nsswitch.conf"
	for mode in remote auto; do
		looks_up "$socksify" --dns $mode getent hosts v4.test
	done
	looks_up "$socksify" --dns tunnel --dns-server "$far" getent networks a.test
	looks_up "$socksify" --dns tunnel --dns-server "$far" getent hosts v4.test
	same "a name, with $services" "$(cat "$work/out")" "203.0.113.4     v4.test"
	looks_up "$socksify" --dns tunnel --dns-server "$far" getent hosts 203.0.113.1
	same "an address, with $services" "$(cat "$work/out")" "203.0.113.1     a.test"
done
finish
