/* The machines whose programs may be met here: the library's own, and the one that the same kernel runs beside it, for
 * whose programs another build of the library may be installed. */
#ifndef PRELOAD_MACHINE_H
#define PRELOAD_MACHINE_H

#include <stdint.h>

struct machine {
	uint8_t class;      /* ELFCLASS32, ELFCLASS64; 0: there is none */
	uint16_t number;    /* EM_* */
	const char *loader; /* of the same C library as ours */
	const char *folder; /* of its libraries, where each machine has its own: what the loader has for $LIB there */
};

extern const struct machine machine_own, machine_sibling;

#endif
