# shellcheck shell=sh
# Reads ELF headers with od. Sourced.

# little_endian BYTE...: decimal octets, lowest first.
little_endian() {
	value=0 weight=1
	for byte; do
		value=$((value + byte * weight)) weight=$((weight * 256))
	done
	echo "$value"
}

elf_octets() { # FILE OFFSET COUNT
	od -An -v -tu1 -j "$2" -N "$3" -- "$1" 2>/dev/null
}

is_elf() {
	# shellcheck disable=SC2046 # a list of octets
	set -- $(elf_octets "$1" 0 4)
	[ "$*" = "127 69 76 70" ]
}

# CLASS DATA MACHINE: 1 or 2 for 32 or 64 bits; 1 or 2 for little or big endian; e_machine's two octets.
elf_kind() {
	# shellcheck disable=SC2046 # a list of octets
	set -- $(elf_octets "$1" 0 20)
	echo "${5-0} ${6-0} ${19-0}.${20-0}"
}

# The path of the program interpreter (PT_INTERP); fails if there is none. Little endian only: elf_kind comes first.
elf_interpreter() (
	file=$1
	# shellcheck disable=SC2046
	set -- $(elf_octets "$file" 0 64)
	[ $# -ge 52 ] || exit 1
	if [ "$5" -eq 2 ]; then
		[ $# -eq 64 ] || exit 1
		shift 32
		table=$(little_endian "$1" "$2" "$3" "$4" "$5" "$6" "$7")
		shift 22
	else
		shift 28
		table=$(little_endian "$1" "$2" "$3" "$4")
		shift 14
	fi
	entry=$(little_endian "$1" "$2")
	count=$(little_endian "$3" "$4")
	[ "$entry" -ge 32 ] && [ "$entry" -le 256 ] && [ "$count" -le 256 ] || exit 1
	# shellcheck disable=SC2046
	set -- $(elf_octets "$file" "$table" $((entry * count)))
	while [ $# -ge "$entry" ]; do
		if [ "$1.$2.$3.$4" = 3.0.0.0 ]; then
			if [ "$entry" -ge 56 ]; then
				shift 8
				offset=$(little_endian "$1" "$2" "$3" "$4" "$5" "$6" "$7")
				shift 24
			else
				shift 4
				offset=$(little_endian "$1" "$2" "$3" "$4")
				shift 12
			fi
			size=$(little_endian "$1" "$2" "$3" "$4")
			[ "$size" -ge 2 ] && [ "$size" -le 4096 ] || exit 1
			tail -c +$((offset + 1)) -- "$file" | head -c $((size - 1)) | tr -d '\0'
			exit 0
		fi
		shift "$entry"
	done
	exit 1
)

# The names of the sections, NUL after each; nothing where there are none. Little endian only.
elf_section_names() (
	file=$1
	# shellcheck disable=SC2046
	set -- $(elf_octets "$file" 0 64)
	[ $# -ge 52 ] || exit 0
	class=$5
	if [ "$class" -eq 2 ]; then
		[ $# -eq 64 ] || exit 0
		shift 40
		headers=$(little_endian "$1" "$2" "$3" "$4" "$5" "$6" "$7")
		shift 18
	else
		shift 32
		headers=$(little_endian "$1" "$2" "$3" "$4")
		shift 14
	fi
	entry=$(little_endian "$1" "$2") names=$(little_endian "$5" "$6")
	# shellcheck disable=SC2046
	set -- $(elf_octets "$file" $((headers + entry * names)) 40)
	[ $# -eq 40 ] || exit 0
	if [ "$class" -eq 2 ]; then
		shift 24
		offset=$(little_endian "$1" "$2" "$3" "$4" "$5" "$6" "$7")
		shift 8
	else
		shift 16
		offset=$(little_endian "$1" "$2" "$3" "$4")
		shift 4
	fi
	tail -c +$((offset + 1)) -- "$file" | head -c "$(little_endian "$1" "$2" "$3" "$4")"
)
