#include "preload/deep_call.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <features.h>

#if defined(__GLIBC__) /* 2.33 and later */
#include <sys/platform/x86.h>

/* Under a hypervisor the instruction itself costs as much as ten system calls; libc has done it already. */
static unsigned extended_features(void)
{
	return __x86_get_cpuid_feature_leaf(CPUID_INDEX_80000001)->cpuid_array[cpuid_register_index_ecx];
}
#else
static unsigned extended_features(void)
{
	unsigned a, b, c = 0, d;
	return __get_cpuid(0x80000001, &a, &b, &c, &d) ? c : 0;
}
#endif

bool deep_call_refills;

/* SSE4A is in all of AMD's processors, and in nobody else's but their descendants. */
void deep_call_begin(void)
{
	deep_call_refills = extended_features() & bit_SSE4a;
}

#else

bool deep_call_refills;

void deep_call_begin(void)
{
}

#endif
