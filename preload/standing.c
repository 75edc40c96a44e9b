#include "preload/standing.h"

#include <stddef.h>
#include <string.h>

bool standing_holds(const struct dl_phdr_info *library, uintptr_t address)
{
	for (int i = 0; i < library->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &library->dlpi_phdr[i];
		if (segment->p_type == PT_LOAD && address - library->dlpi_addr - segment->p_vaddr < segment->p_memsz)
			return true;
	}
	return false;
}

static bool is_of_kernel(const struct dl_phdr_info *library)
{
	return strncmp(library->dlpi_name, "linux-", strlen("linux-")) == 0;
}

static int count_until_own(struct dl_phdr_info *library, size_t size, void *argument)
{
	int *before = argument;
	(void)size;
	if (standing_holds(library, (uintptr_t)standing_own))
		return 1;
	*before += *before == 0 || !is_of_kernel(library);
	return 0;
}

enum standing standing_own(void)
{
	int before = 0;
	dl_iterate_phdr(count_until_own, &before);
	return before == 0 ? STANDING_PROGRAM : before == 1 ? STANDING_FIRST : STANDING_BEHIND;
}
