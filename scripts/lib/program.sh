# shellcheck shell=sh disable=SC2154
# Finds the program to run and judges whether the library can be preloaded into it. Sourced after elf.sh; uses $folders
# (those that have a library, a line each), $library (the absolute path of one of them), $preload (what LD_PRELOAD will
# be), $reference (a program of the library's own build), and the functions use_folder FOLDER, which sets the last but
# $preload, refuse STATUS SENTENCE, which does not return, and remark SENTENCE.

# The loader's own search, so that what is judged is what will run.
find_program() (
	case $1 in
	*/*)
		echo "$1"
		return
		;;
	esac
	IFS=:
	set -f
	for folder in $PATH; do
		if [ -f "${folder:-.}/$1" ] && [ -x "${folder:-.}/$1" ]; then
			echo "${folder:-.}/$1"
			return
		fi
	done
)

# judge_program NAME LEVEL ROLE: refuses, or returns. ROLE says in the sentence how it came to be run.
judge_program() {
	file=$(find_program "$1")
	role=$3
	[ -e "$file" ] || refuse 127 "$1$role was not found"
	[ -f "$file" ] || refuse 126 "$file$role is not a file"
	[ -x "$file" ] || refuse 126 "$file$role is not executable"
	[ -r "$file" ] || refuse 126 "$file$role cannot be read, so it cannot be told whether the library would be loaded into it"
	if is_elf "$file"; then
		judge_rights
		judge_machine
		judge_loading
		judge_language
	else
		(judge_script "$file" "$2") || exit $?
	fi
}

judge_rights() {
	if [ -u "$file" ] || [ -g "$file" ]; then
		refuse 126 "$file$role is setuid or setgid, so the loader would ignore the library"
	fi
	has_capabilities "$file"
	case $? in
	0) refuse 126 "$file$role has file capabilities, so the loader would ignore the library" ;;
	2) remark "no tool here can tell whether $file has file capabilities" ;;
	esac
}

# 0: yes, 1: no, 2: cannot tell.
has_capabilities() (
	PATH=$PATH:/usr/sbin:/sbin
	if command -v getcap >/dev/null; then
		[ -n "$(getcap "$1" 2>/dev/null)" ]
	elif command -v getfattr >/dev/null; then
		getfattr -n security.capability -- "$1" >/dev/null 2>&1
	else
		case $(uname -m) in
		x86_64) getxattr=191 ;;
		aarch64 | riscv64) getxattr=8 ;;
		*) exit 2 ;;
		esac
		command -v perl >/dev/null || exit 2
		perl -e 'my $name = "security.capability"; exit(syscall($ARGV[0] + 0, $ARGV[1], $name, 0, 0) < 0)' \
			-- "$getxattr" "$1"
	fi
)

# choose_library KIND: that of the program's machine, if there is one.
choose_library() {
	kind_wanted=$1 old_ifs=$IFS IFS='
'
	# shellcheck disable=SC2086 # lines
	set -- $folders
	IFS=$old_ifs
	for folder; do
		if [ "$(elf_kind "$folder/libsocks5udp.so")" = "$kind_wanted" ]; then
			use_folder "$folder"
			break
		fi
	done
}

judge_machine() {
	kind=$(elf_kind "$file")
	choose_library "$kind"
	wanted=$(elf_kind "$library")
	if [ "${kind%% *}" != "${wanted%% *}" ]; then
		refuse 126 "$file$role is a $((32 * ${kind%% *}))-bit program, but the library is a $((32 * ${wanted%% *}))-bit one"
	fi
	[ "$kind" = "$wanted" ] || refuse 126 "$file$role is made for another machine than the library"
}

judge_loading() {
	interpreter=$(elf_interpreter "$file") ||
		refuse 126 "$file$role is statically linked, so no library can be preloaded into it"
	wanted=$(elf_interpreter "$reference") || refuse 126 "$reference, which belongs to the library, is not usable"
	if [ "${interpreter##*/}" != "${wanted##*/}" ]; then
		refuse 126 "$file$role is linked against another C library ($interpreter) than the library ($wanted)"
	fi
	# The loader lists what it would load; the program itself is not run. Its $ORIGIN is that of the file behind links.
	if ! listing=$(LD_PRELOAD=$preload "$interpreter" --list "$(readlink -f -- "$file")" 2>&1) && [ -z "$listing" ]; then
		refuse 126 "$interpreter, the loader of $file$role, cannot be run"
	fi
	case $listing in
	*"	$library ("* | *" => $library ("*) ;;
	*)
		reason=$(echo "$listing" | grep "object '.*/libsocks5udp\.so'" | sed -n 's/.*cannot be preloaded (\(.*\)).*/: \1/p')
		refuse 126 "the loader does not load $library into $file$role$reason"
		;;
	esac
}

# Go's own runtime makes the system calls, even where the C library is loaded beside it. Its linker leaves a note (name
# "Go", type 4) behind the program headers unless it is told not to, as by Debian, and always a section.
judge_language() {
	note=$(printf '\004')...Go..
	if head -c 4096 -- "$file" | tr '\0' . | LC_ALL=C grep -qaF "$note" ||
		elf_section_names "$file" | tr '\0' ' ' | grep -q ' \.go\.buildinfo '; then
		refuse 126 "$file$role is a Go program, which makes its system calls itself, so no library sees them"
	fi
}

# judge_script FILE LEVEL, in a shell of its own: it calls itself. The kernel follows "#!" through up to five files.
judge_script() {
	[ "$2" -lt 5 ] || refuse 126 "$1$role is a script too many behind another script"
	line=$(head -c 256 -- "$1" | tr -d '\0' | head -n 1 | tr '\t' ' ' | sed 's/ *$//')
	case $line in
	'#!'*) ;;
	*) refuse 126 "$1$role is neither an ELF program nor a script that begins with #!" ;;
	esac
	line=${line#??}
	line=${line#"${line%%[! ]*}"}
	[ -n "$line" ] || refuse 126 "$1$role names no interpreter after #!"
	argument=
	case $line in
	*' '*) argument=${line#* } argument=${argument#"${argument%%[! ]*}"} ;;
	esac
	starter=${line%% *}
	case $starter in
	*/*) ;;
	*) starter=./$starter ;;
	esac
	by=", the interpreter of $1,"
	judge_program "$starter" $(($2 + 1)) "$by"
	case $starter in
	*/env) judge_env "$1" $(($2 + 1)) "$by" "$argument" ;;
	esac
}

# judge_env SCRIPT LEVEL ROLE ARGUMENT: the program that env runs for it. Without -S, env takes all as one name.
judge_env() {
	script=$1 level=$2 by=$3
	case $4 in
	-S* | -vS* | --split-string[=\ ]*)
		rest=${4#-*[S=\ ]}
		set -f
		# shellcheck disable=SC2086 # as env splits it
		set -- $rest
		set +f
		;;
	*) set -- "$4" ;;
	esac
	while [ $# -gt 0 ]; do
		case $1 in
		-u | -C | --unset | --chdir)
			[ "${2-}" != LD_PRELOAD ] || refuse_env
			[ $# -lt 2 ] || shift
			;;
		-uLD_PRELOAD | --unset=LD_PRELOAD | LD_PRELOAD=* | - | --ignore-environment) refuse_env ;;
		-u* | -C* | --*) ;;
		-*i*) refuse_env ;;
		-* | *=*) ;;
		*) break ;;
		esac
		shift
	done
	if [ $# -gt 0 ]; then
		judge_program "$1" "$level" "$by"
	fi
}

refuse_env() {
	refuse 126 "$script has its interpreter started without the library, by what it tells env to take away"
}
