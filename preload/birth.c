#include "preload/birth.h"

#include <dlfcn.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "preload/log.h"
#include "preload/machine.h"
#include "preload/standing.h"

enum state { UNKNOWN, NOTING, NOTED };

/* Zeros, of which each start touches one page. */
static _Alignas(4096) struct birth noted;
static _Atomic int state = UNKNOWN;

static bool is_named(const char *entry, const char *name, size_t length)
{
	return strncmp(entry, name, length) == 0 && entry[length] == '=';
}

long environment_find(char *const *environment, const char *name)
{
	size_t length = strcspn(name, "=");
	long found = -1;
	for (long i = 0; environment && environment[i]; i++)
		if (is_named(environment[i], name, length))
			found = i;
	return found;
}

/* SOCKS5UDP_READY is a word between two processes, and concerns no other. */
static bool is_setting(const char *entry)
{
	if (strncmp(entry, "SOCKS5C_CONFIG=", strlen("SOCKS5C_CONFIG=")) == 0)
		return true;
	return strncmp(entry, "SOCKS5UDP_", strlen("SOCKS5UDP_")) == 0 && strchr(entry, '=') &&
	       strncmp(entry, "SOCKS5UDP_READY=", strlen("SOCKS5UDP_READY=")) != 0;
}

static bool is_place(const char *entry)
{
	return strncmp(entry, "HOME=", strlen("HOME=")) == 0 ||
	       strncmp(entry, "XDG_CONFIG_HOME=", strlen("XDG_CONFIG_HOME=")) == 0;
}

static size_t room_for_variables(void)
{
	size_t room = 1;
	for (char **entry = environ; entry && *entry; entry++)
		if (is_setting(*entry) || is_place(*entry))
			room += strlen(*entry) + 1;
	return room;
}

static const char *keep(char **at, const char *entry)
{
	const char *kept = *at;
	size_t size = strlen(entry) + 1;
	memcpy(*at, entry, size);
	*at += size;
	return kept;
}

static void note_variables(void)
{
	size_t size = room_for_variables();
	char *at = noted.room;
	if (size > sizeof noted.room)
		at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		return;
	noted.variables = at;
	for (char **entry = environ; entry && *entry; entry++)
		if (is_setting(*entry))
			keep(&at, *entry);
	at++; /* the empty one that ends them */
	long home = environment_find(environ, "HOME"), config_home = environment_find(environ, "XDG_CONFIG_HOME");
	if (*noted.settings.own_file && home >= 0)
		noted.home = keep(&at, environ[home]);
	if (*noted.settings.own_file && config_home >= 0)
		noted.config_home = keep(&at, environ[config_home]);
}

/* Linked into the program, or at a path that LD_PRELOAD cannot express, it cannot be handed on. */
static void note_library(void)
{
	Dl_info about;
	if (standing_own() == STANDING_PROGRAM || !dladdr((void *)(uintptr_t)birth, &about))
		return;
	if (*about.dli_fname == '/' && !strpbrk(about.dli_fname, ": ") && strlen(about.dli_fname) < PATH_MAX)
		strcpy(noted.library, about.dli_fname);
	else if (!realpath(about.dli_fname, noted.library) || strpbrk(noted.library, ": "))
		*noted.library = '\0';
}

/* Where each machine's libraries have a folder of their own, the other one's is found by exchanging that. */
static void note_sibling(void)
{
	const char *own = machine_own.folder, *other = machine_sibling.folder;
	const char *at = other ? strstr(noted.library, own) : NULL;
	if (!at || at == noted.library || at[-1] != '/' || at[strlen(own)] != '/' ||
	    strlen(noted.library) - strlen(own) + strlen(other) >= sizeof noted.sibling)
		return;
	memcpy(noted.sibling, noted.library, (size_t)(at - noted.library));
	strcat(strcat(noted.sibling, other), at + strlen(own));
}

static void note(void)
{
	struct conf_sources sources = conf_sources_of_process();
	noted.variables = "";
	conf_glance(&noted.settings, &sources);
	log_begin(noted.settings.log_file);
	if (!sources.secure)
		note_variables();
	if (noted.settings.follow) {
		note_library();
		note_sibling();
	}
}

const struct birth *birth(void)
{
	int expected = UNKNOWN;
	if (atomic_load(&state) == NOTED)
		return &noted;
	if (atomic_compare_exchange_strong(&state, &expected, NOTING)) {
		note();
		atomic_store(&state, NOTED);
	}
	while (atomic_load(&state) != NOTED)
		sched_yield();
	return &noted;
}

const char *birth_variable(const char *name)
{
	size_t length = strlen(name);
	for (const char *entry = birth()->variables; *entry; entry += strlen(entry) + 1)
		if (is_named(entry, name, length))
			return entry + length + 1;
	return NULL;
}
