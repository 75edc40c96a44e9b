# shellcheck shell=sh disable=SC2034,SC2154
# An account for a Dante that demands RFC 1929, which asks the system's. Sourced, in a mount namespace; $work is a folder.

account=relayed
account_password='a pass:word@'

add_account() {
	# shellcheck disable=SC2016 # crypt's own dollars
	hash=$(perl -e 'print crypt($ARGV[0], q($6$saltsalt$))' "$account_password")
	cp /etc/passwd "$work/passwd"
	cp /etc/shadow "$work/shadow"
	chmod 600 "$work/shadow"
	echo "$account:x:54321:54321::/nonexistent:/usr/sbin/nologin" >>"$work/passwd"
	echo "$account:$hash:19000:0:99999:7:::" >>"$work/shadow"
	mount --bind "$work/passwd" /etc/passwd && mount --bind "$work/shadow" /etc/shadow
}
