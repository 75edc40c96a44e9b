/* /etc/resolv.conf, as musl reads it: its resolver has no context that could be asked. */
#include "preload/nameservers.h"

#include <fcntl.h>
#include <string.h>

#include "core/raw.h"

enum { DNS_PORT = 53, SERVERS = 3 };

static void read_line(struct nameservers *nameservers, const char *line)
{
	static const char key[] = "nameserver";
	size_t length = strlen(key);
	if (strncmp(line, key, length) != 0 || !strspn(line + length, " \t") || nameservers->count == SERVERS)
		return;
	line += length + strspn(line + length, " \t");
	struct endpoint server;
	if (endpoint_parse(&server, line, strcspn(line, " \t\r\n"), DNS_PORT) != OUTCOME_OK ||
	    server.kind == ENDPOINT_NAME)
		return;
	server.port = DNS_PORT;
	nameservers->items[nameservers->count++] = server;
}

void nameservers_of(struct nameservers *nameservers, const struct __res_state *state)
{
	char text[4096];
	long fd = raw_call(SYS_openat, (long)AT_FDCWD, "/etc/resolv.conf", (long)(O_RDONLY | O_CLOEXEC));
	long size = fd < 0 ? 0 : raw_call(SYS_read, fd, text, sizeof text - 1);
	(void)state;
	if (fd >= 0)
		raw_call(SYS_close, fd);
	text[size > 0 ? size : 0] = '\0';
	nameservers->count = 0;
	for (const char *line = text; line; line = strchr(line, '\n'))
		read_line(nameservers, line += *line == '\n');
	if (nameservers->count == 0)
		nameservers->items[nameservers->count++] = endpoint_ipv4(INADDR_LOOPBACK, DNS_PORT);
}
