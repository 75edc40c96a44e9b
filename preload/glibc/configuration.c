/* What libc is told of nameservers and of name services: resolv.conf(5), nsswitch.conf(5). */
#include "preload/nameservers.h"

#include <fcntl.h>
#include <nss.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "core/raw.h"

static bool read_server(struct endpoint *server, const struct __res_state *state, int i)
{
	const struct sockaddr_in *v4 = &state->nsaddr_list[i];
	const struct sockaddr_in6 *v6 = state->_u._ext.nsaddrs[i];
	if (v4->sin_family == AF_INET)
		return endpoint_from_sockaddr(server, (const struct sockaddr *)v4, sizeof *v4) == OUTCOME_OK;
	return v6 && endpoint_from_sockaddr(server, (const struct sockaddr *)v6, sizeof *v6) == OUTCOME_OK;
}

static void read_state(struct nameservers *nameservers, const struct __res_state *state)
{
	nameservers->count = 0;
	for (int i = 0; i < state->nscount && i < MAXNS; i++)
		nameservers->count += read_server(&nameservers->items[nameservers->count], state, i);
}

void nameservers_of(struct nameservers *nameservers, const struct __res_state *state)
{
	struct __res_state fresh = {0};
	if (state) {
		read_state(nameservers, state);
		return;
	}
	nameservers->count = 0;
	if (res_ninit(&fresh) < 0)
		return;
	read_state(nameservers, &fresh);
	res_nclose(&fresh);
}

/* Services that ask nobody outside of this process, or ask by DNS. */
static bool is_harmless(const char *word, size_t length)
{
	static const char *const harmless[] = {"files", "dns", "myhostname"};
	for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
		if (strlen(harmless[i]) == length && memcmp(word, harmless[i], length) == 0)
			return true;
	return false;
}

struct line {
	char text[256];
	size_t length;
	bool has_dns;
};

static void append(struct line *line, const char *word, size_t length)
{
	if (line->length + length + 2 > sizeof line->text)
		return;
	if (line->length)
		line->text[line->length++] = ' ';
	memcpy(line->text + line->length, word, length);
	line->length += length;
	line->text[line->length] = '\0';
}

/* systemd-resolved asks by DNS, too; where dns stands behind it, that one takes its place. An [action] goes the way of
 * the service before it. */
static void filter(struct line *line, const char *services)
{
	bool kept = false, resolves = strstr(services, "resolve") != NULL;
	size_t length;
	for (const char *at = services; *(at += strspn(at, " \t")); at += length) {
		length = *at == '[' ? strcspn(at, "]") : strcspn(at, " \t[");
		if (*at == '[') {
			length += at[length] == ']';
			if (kept)
				append(line, at, length);
			continue;
		}
		kept = is_harmless(at, length);
		if (kept)
			append(line, at, length);
		line->has_dns |= kept && *at == 'd';
	}
	if (resolves && !line->has_dns)
		append(line, "dns", 3);
}

/* What follows "database:" on its line, without a comment; "": there is none, or no room for it. */
static void find_services(const char *text, const char *database, char *services, size_t room)
{
	size_t name = strlen(database);
	*services = '\0';
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += strspn(line, "\n \t");
		size_t length = strcspn(line, "\n#");
		if (length <= name || strncmp(line, database, name) != 0 || line[name] != ':')
			continue;
		length -= name + 1;
		if (length < room) {
			memcpy(services, line + name + 1, length);
			services[length] = '\0';
		}
		return;
	}
}

static void bar(void)
{
	static const char *const databases[] = {"hosts", "networks"};
	char text[4096] = "", services[512];
	long fd = raw_call(SYS_openat, (long)AT_FDCWD, "/etc/nsswitch.conf", (long)(O_RDONLY | O_CLOEXEC));
	long size = fd < 0 ? 0 : raw_call(SYS_read, fd, text, sizeof text - 1);
	if (fd >= 0)
		raw_call(SYS_close, fd);
	text[size > 0 ? size : 0] = '\0';
	for (size_t i = 0; i < sizeof databases / sizeof *databases; i++) {
		struct line line = {.length = 0};
		find_services(text, databases[i], services, sizeof services);
		filter(&line, services);
		__nss_configure_lookup(databases[i], line.length ? line.text : "files dns");
	}
}

void nameservers_bar_others(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, bar);
}
