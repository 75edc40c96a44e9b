# Compares what a suite observed without the library and with it, test by test.
# awk -v suite=NAME -f outcomes.awk file=1 LISTED file=2 BARE file=3 PRELOADED
# BARE, PRELOADED: lines "TEST: OUTCOME". LISTED: lines "TEST | BARE OUTCOME | PRELOADED OUTCOME | REASON".

function differs(test, without, with) {
	differences++
	printf "%s: %s\n  bare:      %s\n  preloaded: %s\n", suite, test, without, with
}

function passed(outcome) {
	return outcome !~ /^(FAIL|ERROR|skipped|missing)/
}

file == 1 && !/^#/ && NF {
	if (split($0, field, / \| /) != 4) {
		printf "%s: not a line of four fields: %s\n", suite, $0
		differences++
	}
	listed[field[1]] = field[2] " | " field[3]
}

file > 1 && (at = index($0, ": ")) {
	test = substr($0, 1, at - 1)
	if ((file, test) in outcome) {
		printf "%s: twice: %s\n", suite, test
		differences++
	}
	outcome[file, test] = substr($0, at + 2)
	if (!(test in known)) {
		known[test]
		name[++count] = test
	}
}

END {
	for (i = 1; i <= count; i++) {
		test = name[i]
		without = (2, test) in outcome ? outcome[2, test] : "missing"
		with = (3, test) in outcome ? outcome[3, test] : "missing"
		bare += passed(without)
		preloaded += passed(with) && with == without
		if (test in listed && listed[test] == without " | " with) {
			exceptions++
			delete listed[test]
		} else if (without != with) {
			differs(test, without, with)
		}
	}
	for (test in listed) {
		printf "%s: listed, and not so: %s | %s\n", suite, test, listed[test]
		differences++
	}
	if (!bare) {
		printf "%s: nothing passed\n", suite
		differences++
	}
	printf "%s: bare passed %d, preloaded passed %d, differences %d, listed exceptions %d\n", \
		suite, bare, preloaded, differences, exceptions
	exit differences > 0
}
