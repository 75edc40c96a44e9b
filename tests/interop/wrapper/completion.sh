#!/bin/sh
# Completion in bash, zsh and fish: every option of the usage text and no other, values, and the program's own.
# shellcheck source=tests/interop/common.sh
. "$(dirname "$0")/../common.sh"

completion=$(dirname "$(readlink -f "$0")")/../../../scripts/completion
"$socksify" --help | sed -n 's/^ *\(-.*\)/\1/p' | sed 's/  .*//; s/[, ]/\n/g' | grep '^-' | sort -u >"$work/options"

# offers SHELL LINE WORD...: the words are among what the shell offers for the line.
offers() {
	shell=$1 line=$2
	shift 2
	"in_$shell" "$line" >"$work/offered"
	for word; do
		grep -qxF -- "$word" "$work/offered" ||
			fail "$shell does not offer $word for $line, but $(head -c 300 "$work/offered" | tr '\n' ' ')"
	done
}

# every SHELL FILE: the options that the file names.
every() {
	same "options in $1" "$(sort -u "$work/$1" | diff - "$work/options")" ""
}

# shellcheck disable=SC2317 # called by its name
in_bash() {
	bash --norc -c '
		. /usr/share/bash-completion/bash_completion
		. "$1/bash"
		COMP_LINE=$2 COMP_POINT=${#2}
		eval "COMP_WORDS=($(printf "%s" "$2" | sed "s/[=:]/ & /g"))"
		[[ $2 != *[\ =] ]] || COMP_WORDS+=("")
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		_socksify_udp socksify-udp "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
		printf "%s\n" "${COMPREPLY[@]}"' bash "$completion" "$1" 2>/dev/null
}

# shellcheck disable=SC2317 # called by its name
in_fish() {
	HOME=$work fish -c "source $completion/fish; complete -C '$1'" 2>/dev/null | cut -f 1
}

tested=
if [ -e /usr/share/bash-completion/bash_completion ]; then
	in_bash "socksify-udp -" >"$work/bash"
	every bash
	offers bash "socksify-udp --d" --direct --dns --dns-server
	offers bash "socksify-udp --dns t" tunnel
	offers bash "socksify-udp --dns=t" tunnel
	offers bash "socksify-udp --stats=" json
	offers bash "socksify-udp -p socks5://127.0.0.1:1080 printen" printenv
	offers bash "socksify-udp --dns=auto -v -- printen" printenv
	offers bash "socksify-udp -p socks5://127.0.0.1:1080 timeout --kil" --kill-after=
	tested="$tested bash"
fi
if command -v fish >/dev/null; then
	fish -n "$completion/fish" || fail "the fish file is wrong"
	{
		sed -n 's/^complete .* -s \([^ ]*\).*/-\1/p; s/^complete .* -l \([^ ]*\).*/--\1/p' "$completion/fish"
		sed -n 's/^complete .* -s [^ ]* -l \([^ ]*\).*/--\1/p' "$completion/fish"
	} >"$work/fish"
	every fish
	offers fish "socksify-udp --d" --direct --dns --dns-server
	offers fish "socksify-udp --dns t" tunnel
	offers fish "socksify-udp --dns=t" --dns=tunnel
	offers fish "socksify-udp -p socks5://127.0.0.1:1080 printen" printenv
	offers fish "socksify-udp -p x -v -- timeout --kil" --kill-after
	tested="$tested fish"
fi
if command -v zsh >/dev/null; then
	zsh -n "$completion/zsh" || fail "the zsh file is wrong"
	sed -n "s/^\t['{]/&/p" "$completion/zsh" | sed "s/\[.*//; s/['{},*()]/\n/g" | sed -n 's/^\(-[-a-zA-Z]*[a-zA-Z]\).*/\1/p' >"$work/zsh"
	echo --stats=json >>"$work/zsh" # a value there
	every zsh
	tested="$tested zsh"
fi
[ -n "$tested" ] || skip "needs bash-completion, fish or zsh"
finish
