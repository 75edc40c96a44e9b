#include "preload/executable.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/raw.h"
#include "preload/birth.h"
#include "preload/elf_program.h"
#include "preload/own.h"

enum {
	SCRIPT_LINE = 256, /* BINPRM_BUF_SIZE: the kernel looks at no more */
	SCRIPTS_MAX = 5,
};

#define READING (O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

struct file {
	int fd;
	struct stat status;
	bool resets_ids;
	const struct machine *machine; /* of an ELF file */
};

/* As security/commoncap.c decides on AT_SECURE, which has the loader ignore LD_PRELOAD. A file system mounted nosuid,
 * and a process that can gain no privileges, know neither bit. */
static bool is_privileged(const struct file *file, bool ignores_bits)
{
	mode_t mode = file->status.st_mode;
	bool setgid = (mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP);
	long user = raw_call(file->resets_ids ? RAW_GETUID : RAW_GETEUID);
	long group = raw_call(file->resets_ids ? RAW_GETGID : RAW_GETEGID);
	if (mode & S_ISUID && !ignores_bits)
		user = file->status.st_uid;
	if (setgid && !ignores_bits)
		group = file->status.st_gid;
	return user != raw_call(RAW_GETUID) || group != raw_call(RAW_GETGID);
}

static bool has_capabilities(const struct file *file)
{
	return raw_call(RAW_GETUID) != 0 && raw_call(SYS_fgetxattr, file->fd, "security.capability", 0L, 0L) > 0;
}

static enum verdict judge_rights(const struct file *file)
{
	struct statfs system;
	bool nosuid = raw_call(SYS_fstatfs, file->fd, &system) == 0 && system.f_flags & ST_NOSUID;
	bool bound = raw_call(SYS_prctl, PR_GET_NO_NEW_PRIVS, 0L, 0L, 0L, 0L) == 1;
	if (is_privileged(file, nosuid || bound))
		return VERDICT_PRIVILEGED;
	return !nosuid && has_capabilities(file) ? VERDICT_CAPABLE : VERDICT_COVERED;
}

/* Run by its own name, it preloads as it does when the kernel runs it. */
static bool is_loader(const struct file *file)
{
	struct stat loader;
	return raw_call(RAW_FSTATAT, AT_FDCWD, file->machine->loader, &loader, 0L) == 0 &&
	       loader.st_dev == file->status.st_dev && loader.st_ino == file->status.st_ino;
}

static bool is_sibling_installed(void)
{
	struct stat status;
	const char *library = birth()->sibling;
	return *library && raw_call(RAW_FSTATAT, AT_FDCWD, library, &status, 0L) == 0;
}

static enum verdict judge_elf(struct file *file)
{
	enum verdict verdict = elf_program_judge(file->fd, &file->machine);
	if (verdict == VERDICT_NO_PROGRAM || verdict == VERDICT_UNREADABLE)
		return verdict;
	if (file->machine == &machine_sibling && !is_sibling_installed())
		verdict = VERDICT_CLASS;
	if (verdict == VERDICT_STATIC && is_loader(file))
		verdict = VERDICT_COVERED;
	enum verdict rights = judge_rights(file);
	return rights == VERDICT_COVERED ? verdict : rights;
}

/* What a script begins with; "": no script. */
struct shebang {
	char interpreter[SCRIPT_LINE];
	char argument[SCRIPT_LINE];
};

/* As fs/binfmt_script.c takes the line apart. */
static void read_shebang(struct shebang *shebang, char line[SCRIPT_LINE + 1])
{
	line[strcspn(line, "\n")] = '\0';
	const char *name = line + 2 + strspn(line + 2, " \t");
	size_t length = strcspn(name, " \t");
	memcpy(shebang->interpreter, name, length);
	shebang->interpreter[length] = '\0';
	strcpy(shebang->argument, name + length + strspn(name + length, " \t"));
}

static enum verdict look_at(struct file *file, struct shebang *shebang)
{
	char line[SCRIPT_LINE + 1];
	long size = raw_call(SYS_pread64, file->fd, line, SCRIPT_LINE, RAW_OFFSET(0L));
	if (size < 0)
		return VERDICT_UNREADABLE;
	line[size] = '\0';
	if (size >= SELFMAG && memcmp(line, ELFMAG, SELFMAG) == 0)
		return judge_elf(file);
	if (size >= 2 && memcmp(line, "#!", 2) == 0)
		read_shebang(shebang, line);
	return VERDICT_NO_PROGRAM;
}

/* An old sandbox, too, may not know faccessat2. */
static bool may_execute(int folder, const char *path, int flags, bool resets_ids)
{
	int whose = resets_ids ? 0 : AT_EACCESS;
	long answer = raw_call(SYS_faccessat2, folder, path, X_OK, whose | (flags & AT_EMPTY_PATH));
	return answer >= 0 || answer == -ENOSYS || answer == -EPERM;
}

static long open_own(int fd)
{
	char path[sizeof "/proc/self/fd/-2147483648"];
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	long again = own_make_briefly(SYS_openat, AT_FDCWD, (long)path, READING, 0);
	return again == -ENOENT ? raw_call(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 0L) : again; /* /proc is not mounted */
}

static long open_file(int folder, const char *path, int flags)
{
	int follow = flags & AT_SYMLINK_NOFOLLOW ? O_NOFOLLOW : 0;
	if (flags & AT_EMPTY_PATH && *path == '\0')
		return open_own(folder);
	return own_make_briefly(SYS_openat, folder, (long)path, READING | follow, 0);
}

/* Nothing that can block, or that opening does something to, is opened. */
static enum verdict judge_file(int folder, const char *path, int flags, struct file *file, struct shebang *shebang)
{
	int known = flags & (AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH);
	shebang->interpreter[0] = '\0';
	if (folder == HOME_UNKNOWN && *path != '/')
		return VERDICT_SOMEWHERE;
	if (!may_execute(folder, path, flags, file->resets_ids))
		return VERDICT_ABSENT;
	long answer = raw_call(RAW_FSTATAT, folder, path, &file->status, known);
	if (answer == -EACCES && file->resets_ids)
		return VERDICT_UNREADABLE; /* to the effective user, who is not the one that executes it */
	if (answer < 0 || !S_ISREG(file->status.st_mode))
		return VERDICT_ABSENT;
	long fd = open_file(folder, path, flags);
	if (fd < 0)
		return fd == -ENOENT || fd == -ELOOP ? VERDICT_ABSENT : VERDICT_UNREADABLE;
	file->fd = (int)fd;
	enum verdict verdict = look_at(file, shebang);
	raw_call(SYS_close, fd);
	return verdict;
}

/* The program among the loader's arguments, or NULL: it only tells of itself. */
static const char *loaders_program(char *const *arguments)
{
	static const char *const valued[] = {"--library-path",     "--inhibit-rpath", "--audit",
					     "--preload",          "--argv0",         "--glibc-hwcaps-prepend",
					     "--glibc-hwcaps-mask"};
	if (!arguments || !*arguments)
		return NULL;
	for (arguments++; *arguments && strncmp(*arguments, "--", 2) == 0; arguments++)
		for (size_t i = 0; i < sizeof valued / sizeof *valued; i++)
			if (strcmp(*arguments, valued[i]) == 0 && arguments[1]) {
				arguments++;
				break;
			}
	return *arguments;
}

/* The loader preloads into whatever it is given, also for a privileged file; but a static program has a libc of its
 * own, and what makes its system calls itself makes them here, too. */
static void judge_loaded(struct judgement *judgement, int home, const char *path)
{
	struct shebang none;
	struct file file = {.resets_ids = true};
	enum verdict verdict = path ? judge_file(home, path, 0, &file, &none) : VERDICT_ABSENT;
	if (verdict != VERDICT_STATIC && verdict != VERDICT_CLASS && verdict != VERDICT_MACHINE &&
	    verdict != VERDICT_GO)
		return;
	snprintf(judgement->culprit, sizeof judgement->culprit, "%s", path);
	judgement->verdict = verdict;
}

static struct judgement judge(const struct program *program)
{
	struct judgement judgement = {.culprit = ""};
	struct file file = {.resets_ids = program->resets_ids};
	struct shebang next;
	char argument[SCRIPT_LINE] = "";
	judgement.verdict = judge_file(program->folder, program->path, program->flags, &file, &next);
	for (int i = 0; i < SCRIPTS_MAX && *next.interpreter; i++) {
		strcpy(judgement.culprit, next.interpreter);
		strcpy(argument, next.argument);
		judgement.verdict = judge_file(program->home, judgement.culprit, 0, &file, &next);
	}
	if (judgement.verdict != VERDICT_COVERED)
		return judgement;
	judgement.sibling = file.machine == &machine_sibling;
	if (!is_loader(&file))
		return judgement;
	char *given[] = {judgement.culprit, argument, NULL};
	judge_loaded(&judgement, program->home, loaders_program(*judgement.culprit ? given : program->arguments));
	return judgement;
}

struct judgement executable_judge(const struct program *program)
{
	int saved = errno;
	struct judgement judgement = judge(program);
	errno = saved;
	return judgement;
}

/* The next file of a search, and where to look after it; NULL: none. */
static const char *next_candidate(const char *at, const char *name, char candidate[PATH_MAX])
{
	size_t folder = strcspn(at, ":");
	*candidate = '\0';
	if (folder + 1 + strlen(name) < PATH_MAX) {
		memcpy(candidate, at, folder);
		candidate[folder] = '/';
		strcpy(candidate + folder + (folder != 0), name);
	}
	return at[folder] ? at + folder + 1 : NULL;
}

struct judgement executable_judge_found(const struct program *program)
{
	char path[PATH_MAX];
	struct program candidate = *program;
	struct judgement judgement = {.verdict = VERDICT_ABSENT};
	const char *at = getenv("PATH");
	if (strnlen(program->path, NAME_MAX + 1) > NAME_MAX || !*program->path)
		return judgement;
	if (!at)
		at = "/bin:/usr/bin"; /* confstr(_CS_PATH) */
	candidate.path = path;
	while (at && judgement.verdict == VERDICT_ABSENT) { /* libc goes on, too, after a file that is not executed */
		at = next_candidate(at, program->path, path);
		judgement = executable_judge(&candidate);
	}
	return judgement;
}
