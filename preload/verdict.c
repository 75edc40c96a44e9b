#include "preload/verdict.h"

bool verdict_allows(enum verdict verdict)
{
	return verdict == VERDICT_COVERED || verdict == VERDICT_ABSENT || verdict == VERDICT_NO_PROGRAM;
}

const char *verdict_text(enum verdict verdict)
{
	static const char *const texts[] = {
	    [VERDICT_COVERED] = "can be covered",
	    [VERDICT_ABSENT] = "cannot be executed",
	    [VERDICT_NO_PROGRAM] = "is no program",
	    [VERDICT_UNREADABLE] = "cannot be read, so it cannot be told whether the library would be loaded into it",
	    [VERDICT_STATIC] = "is statically linked, so no library can be preloaded into it",
	    [VERDICT_PRIVILEGED] = "is setuid or setgid, or executed so, and the loader would ignore the library",
	    [VERDICT_CAPABLE] = "has file capabilities, so the loader would ignore the library",
	    [VERDICT_CLASS] = sizeof(void *) == 8 ? "is a 32-bit program, but the library is a 64-bit one"
						  : "is a 64-bit program, but the library is a 32-bit one",
	    [VERDICT_MACHINE] = "is made for another machine than the library",
	    [VERDICT_LIBRARY] = "is linked against another C library than the library",
	    [VERDICT_GO] = "is a Go program, which makes its system calls itself, so no library sees them",
	    [VERDICT_SOMEWHERE] = "is in a folder that cannot be told, so neither can what it is",
	    [VERDICT_ALONE] = "would run without the library, whose file it cannot read",
	};
	return texts[verdict];
}
