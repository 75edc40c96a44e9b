#include "preload/follow.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/raw.h"
#include "preload/birth.h"
#include "preload/log.h"
#include "preload/machine.h"
#include "preload/user_memory.h"

#define PRELOAD  "LD_PRELOAD="
#define CONFIG   "SOCKS5UDP_CONFIG="
#define MESSAGE  768
#define DIVIDERS ": " /* between the entries of LD_PRELOAD */

enum { ENDS = 3 }; /* the preload, the file, and what ends an environment */

bool follow_is_on(void)
{
	return *birth()->library != '\0';
}

/* The library that the program is to be covered by, and the folder that its loader has for $LIB. */
static const char *library_for(bool sibling)
{
	return sibling ? birth()->sibling : birth()->library;
}

/* The loader runs on in silence where it does not find the library: behind a chroot, in another mount namespace, or
 * for a user who may not read it. */
static bool library_is_there(bool sibling)
{
	return raw_call(SYS_faccessat, AT_FDCWD, library_for(sibling), R_OK) == 0;
}

static void log_refusal(const struct judgement *judgement, const char *name)
{
	char line[MESSAGE];
	const char *text = verdict_text(judgement->verdict);
	if (*judgement->culprit)
		snprintf(line, sizeof line, "%.250s, which %.250s executes, %s: it is not executed", judgement->culprit,
			 name, text);
	else
		snprintf(line, sizeof line, "%.500s %s: it is not executed", name, text);
	log_line(LOG_LEVEL_ERROR, line);
}

bool follow_allows(const struct program *program, bool searched, const char *name, bool *sibling)
{
	struct judgement judgement = searched ? executable_judge_found(program) : executable_judge(program);
	*sibling = judgement.sibling;
	if (judgement.verdict == VERDICT_COVERED && !library_is_there(*sibling))
		judgement.verdict = VERDICT_ALONE;
	if (verdict_allows(judgement.verdict))
		return true;
	log_refusal(&judgement, *name ? name : "the file of a descriptor");
	return false;
}

/* Whether an entry of LD_PRELOAD is the library for a machine, also where it says $LIB for the machine's own folder. */
static bool is_library(const char *entry, size_t length, bool sibling)
{
	static const char *const tokens[] = {"$LIB", "${LIB}"};
	const char *library = library_for(sibling), *folder = (sibling ? machine_sibling : machine_own).folder;
	if (length == strlen(library) && memcmp(entry, library, length) == 0)
		return true;
	for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
		const char *token = memmem(entry, length, tokens[i], strlen(tokens[i]));
		if (!token)
			continue;
		size_t before = (size_t)(token - entry), after = length - before - strlen(tokens[i]);
		return strlen(library) == before + strlen(folder) + after && memcmp(entry, library, before) == 0 &&
		       memcmp(library + before, folder, strlen(folder)) == 0 &&
		       memcmp(library + before + strlen(folder), token + strlen(tokens[i]), after) == 0;
	}
	return false;
}

/* The other machine's would only make the loader complain. */
static bool is_stranger(const char *entry, size_t length, bool sibling)
{
	const char *other = library_for(!sibling);
	return *other && length == strlen(other) && memcmp(entry, other, length) == 0;
}

static bool has_library(const char *list, bool sibling)
{
	bool found = false;
	for (list += strspn(list, DIVIDERS); *list; list += strspn(list, DIVIDERS)) {
		size_t length = strcspn(list, DIVIDERS);
		if (is_stranger(list, length, sibling))
			return false;
		found = found || is_library(list, length, sibling);
		list += length;
	}
	return found;
}

/* The value of LD_PRELOAD that is to be completed; NULL: it has the library. */
static const char *preload_lacking(char *const *environment, bool sibling)
{
	long at = environment_find(environment, PRELOAD);
	const char *list = at < 0 ? "" : environment[at] + strlen(PRELOAD);
	return has_library(list, sibling) ? NULL : list;
}

static bool is_same_place(char *const *environment, const char *name, const char *entry)
{
	long at = environment_find(environment, name);
	if (at < 0 || !entry)
		return at < 0 && !entry;
	return strcmp(environment[at], entry) == 0;
}

/* The configuration file was found by way of a variable that is another one in that environment. */
static bool lacks_file(char *const *environment)
{
	const struct birth *start = birth();
	return *start->settings.own_file && environment_find(environment, CONFIG) < 0 &&
	       !(is_same_place(environment, "HOME", start->home) &&
		 is_same_place(environment, "XDG_CONFIG_HOME", start->config_home));
}

/* What there is to add: of strings that stand already their pointers, of new ones also their octets. */
struct addition {
	const char *preload; /* NULL: nothing */
	bool file;
	size_t variables;
};

static struct addition addition_to(char *const *environment, bool sibling)
{
	struct addition addition = {.preload = preload_lacking(environment, sibling), .file = lacks_file(environment)};
	for (const char *entry = birth()->variables; *entry; entry += strlen(entry) + 1)
		addition.variables += environment_find(environment, entry) < 0;
	return addition;
}

/* As far as strings begin; one that runs on into nothing is the program's to lose. */
static bool is_readable(char *const *environment)
{
	for (; environment; environment++) {
		if (!user_can_read(environment, sizeof *environment))
			return false;
		if (!*environment)
			break;
		if (!user_can_read(*environment, 1))
			return false;
	}
	return true;
}

static size_t count_of(char *const *environment)
{
	size_t count = 0;
	while (environment && environment[count])
		count++;
	return count;
}

size_t follow_room(char *const *environment, bool sibling)
{
	if (!is_readable(environment))
		return 0; /* the kernel's to complain of */
	const struct addition add = addition_to(environment, sibling);
	if (!add.preload && !add.file && !add.variables)
		return 0;
	size_t pointers = count_of(environment) + add.variables + ENDS, octets = 0;
	if (add.preload)
		octets += strlen(PRELOAD) + strlen(library_for(sibling)) + 1 + strlen(add.preload) + 1;
	if (add.file)
		octets += strlen(CONFIG) + strlen(birth()->settings.own_file) + 1;
	return pointers * sizeof(char *) + octets + sizeof(char *);
}

struct composition {
	char **next; /* of the pointers */
	char *at;    /* of the strings */
};

static void compose(struct composition *composition, const char *name, const char *value)
{
	*composition->next++ = composition->at;
	composition->at = stpcpy(stpcpy(composition->at, name), value) + 1;
}

static void compose_preload(struct composition *composition, const char *list, bool sibling)
{
	compose(composition, PRELOAD, library_for(sibling));
	for (list += strspn(list, DIVIDERS); *list; list += strspn(list, DIVIDERS)) {
		size_t length = strcspn(list, DIVIDERS);
		if (!is_stranger(list, length, sibling)) {
			composition->at[-1] = ':';
			composition->at = (char *)mempcpy(composition->at, list, length) + 1;
			composition->at[-1] = '\0';
		}
		list += length;
	}
}

static void copy_entries(struct composition *composition, char *const *environment, bool but_preload)
{
	long preload = environment_find(environment, PRELOAD);
	for (long i = 0; environment && environment[i]; i++)
		if (!(but_preload && i == preload))
			*composition->next++ = environment[i];
}

static void add_variables(struct composition *composition, char *const *environment)
{
	for (const char *entry = birth()->variables; *entry; entry += strlen(entry) + 1)
		if (environment_find(environment, entry) < 0)
			*composition->next++ = (char *)(uintptr_t)entry;
}

char *const *follow_environment(char *const *environment, bool sibling, void *room)
{
	if (follow_room(environment, sibling) == 0)
		return environment;
	const struct addition add = addition_to(environment, sibling);
	char **pointers = (char **)(((uintptr_t)room + sizeof(char *) - 1) & ~(sizeof(char *) - 1));
	struct composition composition = {.next = pointers,
					  .at = (char *)(pointers + count_of(environment) + add.variables + ENDS)};
	copy_entries(&composition, environment, add.preload != NULL);
	add_variables(&composition, environment);
	if (add.preload)
		compose_preload(&composition, add.preload, sibling);
	if (add.file)
		compose(&composition, CONFIG, birth()->settings.own_file);
	*composition.next = NULL;
	return pointers;
}

static bool keep_entry(const char *entry)
{
	char name[64];
	size_t length = strcspn(entry, "=");
	if (length >= sizeof name)
		return true; /* no setting has such a name */
	memcpy(name, entry, length);
	name[length] = '\0';
	return setenv(name, entry + length + 1, 0) == 0;
}

bool follow_keep_environment(bool sibling)
{
	size_t size = follow_room(environ, sibling);
	if (size == 0)
		return true;
	char *room = malloc(size);
	if (!room)
		return false;
	bool kept = true;
	bool lacking = preload_lacking(environ, sibling) != NULL;
	char *const *complete = follow_environment(environ, sibling, room);
	long preload = environment_find(complete, PRELOAD);
	if (lacking)
		kept = setenv("LD_PRELOAD", complete[preload] + strlen(PRELOAD), 1) == 0;
	if (lacks_file(environ))
		kept = kept && setenv("SOCKS5UDP_CONFIG", birth()->settings.own_file, 0) == 0;
	for (const char *entry = birth()->variables; *entry; entry += strlen(entry) + 1)
		kept = kept && keep_entry(entry);
	free(room);
	return kept;
}
