#include "preload/deep_call.h"

_Atomic bool deep_call_refills;

#if defined(__x86_64__)

#include <cpuid.h>
#include <string.h>

#if defined(__GLIBC__) && __has_include(<sys/platform/x86.h>)
#include <sys/platform/x86.h>

static unsigned extended_features(void)
{
	return __x86_get_cpuid_feature_leaf(CPUID_INDEX_80000001)->cpuid_array[cpuid_register_index_ecx];
}
#else
static unsigned extended_features(void)
{
	return 0;
}
#endif

/* SSE4A is in all of AMD's processors, and in nobody else's but their descendants; a hypervisor may hide it. */
void deep_call_begin(void)
{
	deep_call_refills = extended_features() & bit_SSE4a;
}

void deep_call_ask(void)
{
	char vendor[12];
	unsigned most, parts[3];
	if (deep_call_refills || !__get_cpuid(0, &most, &parts[0], &parts[2], &parts[1]))
		return;
	memcpy(vendor, parts, sizeof vendor);
	deep_call_refills =
	    memcmp(vendor, "AuthenticAMD", sizeof vendor) == 0 || memcmp(vendor, "HygonGenuine", sizeof vendor) == 0;
}

#else

void deep_call_begin(void)
{
}

void deep_call_ask(void)
{
}

#endif
