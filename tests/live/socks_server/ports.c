#include "tests/live/socks_server/ports.h"

#include <stdio.h>
#include <unistd.h>

enum { LOWEST = 1024, LOW = 32768, HIGH = 60999 };

struct ports {
	unsigned first;
	unsigned count;
};

/* Below what the kernel chooses from, or above it, whichever is more. */
static struct ports find_apart(void)
{
	unsigned low = LOW, high = HIGH;
	FILE *file = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");
	if (file && fscanf(file, "%u %u", &low, &high) != 2) {
		low = LOW;
		high = HIGH;
	}
	if (file)
		fclose(file);
	struct ports below = {LOWEST, low > LOWEST ? low - LOWEST : 0}, above = {high + 1, UINT16_MAX - high};
	return below.count > above.count ? below : above;
}

uint16_t ports_next(void)
{
	static struct ports apart;
	static unsigned turn;
	if (!apart.count) {
		apart = find_apart();
		turn = (unsigned)getpid();
	}
	return (uint16_t)(apart.first + turn++ % apart.count);
}
