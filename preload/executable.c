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

enum {
	SCRIPT_LINE = 256, /* BINPRM_BUF_SIZE: the kernel looks at no more */
	SCRIPTS_MAX = 5,
	SEGMENTS_MAX = 1024,
	LOADER_NAME_SIZE = 256,
};

#if defined(__x86_64__)
#define MACHINE EM_X86_64
#define LOADER  "/lib64/ld-linux-x86-64.so.2"
#elif defined(__aarch64__)
#define MACHINE EM_AARCH64
#define LOADER  "/lib/ld-linux-aarch64.so.1"
#endif

struct file {
	int fd;
	struct stat status;
	uid_t user;
	gid_t group;
};

static bool read_at(const struct file *file, void *bytes, size_t size, uint64_t offset)
{
	return raw_call(SYS_pread64, file->fd, bytes, size, (long)offset) == (long)size;
}

/* As security/commoncap.c decides on AT_SECURE, which has the loader ignore LD_PRELOAD. A file system mounted nosuid,
 * and a process that can gain no privileges, know neither bit. */
static bool is_privileged(const struct file *file, bool ignores_bits)
{
	mode_t mode = file->status.st_mode;
	bool setgid = (mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP);
	uid_t user = mode & S_ISUID && !ignores_bits ? file->status.st_uid : file->user;
	gid_t group = setgid && !ignores_bits ? file->status.st_gid : file->group;
	return user != (uid_t)raw_call(SYS_getuid) || group != (gid_t)raw_call(SYS_getgid);
}

static bool has_capabilities(const struct file *file)
{
	return raw_call(SYS_getuid) != 0 && raw_call(SYS_fgetxattr, file->fd, "security.capability", 0L, 0L) > 0;
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

static enum verdict judge_header(const Elf64_Ehdr *header)
{
	if (header->e_ident[EI_CLASS] != ELFCLASS64)
		return VERDICT_CLASS;
	if (header->e_ident[EI_DATA] != ELFDATA2LSB || header->e_machine != MACHINE)
		return VERDICT_MACHINE;
	if (header->e_phentsize != sizeof(Elf64_Phdr) || header->e_phnum == 0 || header->e_phnum > SEGMENTS_MAX)
		return VERDICT_KERNELS;
	return VERDICT_COVERED;
}

/* Run by its own name, it preloads as it does when the kernel runs it. */
static bool is_loader(const struct file *file)
{
	struct stat loader;
	return raw_call(SYS_newfstatat, AT_FDCWD, LOADER, &loader, 0L) == 0 && loader.st_dev == file->status.st_dev &&
	       loader.st_ino == file->status.st_ino;
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

static enum verdict judge_loader(const struct file *file, const Elf64_Phdr *segment)
{
	char name[LOADER_NAME_SIZE];
	if (segment->p_filesz < 2 || segment->p_filesz > PATH_MAX)
		return VERDICT_KERNELS;
	if (segment->p_filesz > sizeof name || !read_at(file, name, segment->p_filesz, segment->p_offset))
		return VERDICT_LIBRARY;
	if (name[segment->p_filesz - 1] != '\0')
		return VERDICT_KERNELS;
	return strcmp(last_part(name), last_part(LOADER)) == 0 ? VERDICT_COVERED : VERDICT_LIBRARY;
}

static enum verdict judge_loading(const struct file *file, const Elf64_Ehdr *header)
{
	Elf64_Phdr segment;
	for (unsigned i = 0; i < header->e_phnum; i++) {
		if (!read_at(file, &segment, sizeof segment, header->e_phoff + i * sizeof segment))
			return VERDICT_KERNELS;
		if (segment.p_type == PT_INTERP)
			return judge_loader(file, &segment);
	}
	return is_loader(file) ? VERDICT_COVERED : VERDICT_STATIC;
}

static enum verdict judge_elf(const struct file *file)
{
	Elf64_Ehdr header;
	if (!read_at(file, &header, sizeof header, 0))
		return VERDICT_KERNELS;
	enum verdict verdict = judge_rights(file);
	if (verdict == VERDICT_COVERED)
		verdict = judge_header(&header);
	return verdict == VERDICT_COVERED ? judge_loading(file, &header) : verdict;
}

/* "#!" and the interpreter, as fs/binfmt_script.c takes the line apart; false: the kernel finds none either. */
static bool find_interpreter(char line[SCRIPT_LINE + 1], char interpreter[SCRIPT_LINE])
{
	line[strcspn(line, "\n")] = '\0';
	char *name = line + 2 + strspn(line + 2, " \t");
	size_t length = strcspn(name, " \t");
	if (length == 0)
		return false;
	memcpy(interpreter, name, length);
	interpreter[length] = '\0';
	return true;
}

enum kind { KIND_ELF, KIND_SCRIPT, KIND_OTHER };

static enum kind look_at(const struct file *file, char interpreter[SCRIPT_LINE])
{
	char line[SCRIPT_LINE + 1];
	long size = raw_call(SYS_pread64, file->fd, line, SCRIPT_LINE, 0L);
	if (size < 4)
		return KIND_OTHER;
	line[size] = '\0';
	if (memcmp(line, ELFMAG, SELFMAG) == 0)
		return KIND_ELF;
	return memcmp(line, "#!", 2) == 0 && find_interpreter(line, interpreter) ? KIND_SCRIPT : KIND_OTHER;
}

/* Nothing that can block, or that opening does something to, is opened. */
static bool is_regular(int folder, const char *path, int flags, struct stat *status)
{
	int known = flags & (AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH);
	return raw_call(SYS_newfstatat, folder, path, status, known) == 0 && S_ISREG(status->st_mode);
}

static long open_file(int folder, const char *path, int flags)
{
	char own[sizeof "/proc/self/fd/-2147483648"];
	int follow = flags & AT_SYMLINK_NOFOLLOW ? O_NOFOLLOW : 0;
	if (flags & AT_EMPTY_PATH && *path == '\0') {
		snprintf(own, sizeof own, "/proc/self/fd/%d", folder);
		path = own;
	}
	return raw_call(SYS_openat, folder, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | follow, 0L);
}

static bool may_execute(int folder, const char *path, int flags)
{
	long answer = raw_call(SYS_faccessat2, folder, path, X_OK, AT_EACCESS | (flags & AT_EMPTY_PATH));
	return answer >= 0 || answer == -ENOSYS;
}

/* KIND_OTHER goes to the kernel, which has its own word for what is no program, or a handler of the administrator's
 * (binfmt_misc). */
static enum verdict judge_file(int folder, const char *path, int flags, struct file *file,
			       char interpreter[SCRIPT_LINE])
{
	*interpreter = '\0';
	if (!may_execute(folder, path, flags) || !is_regular(folder, path, flags, &file->status))
		return VERDICT_KERNELS;
	long fd = open_file(folder, path, flags);
	if (fd < 0)
		return fd == -ENOENT || fd == -ELOOP ? VERDICT_KERNELS : VERDICT_UNREADABLE;
	file->fd = (int)fd;
	enum kind kind = look_at(file, interpreter);
	enum verdict verdict = kind == KIND_ELF ? judge_elf(file) : VERDICT_KERNELS;
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
 * own. */
static void judge_loaded(struct judgement *judgement, const char *path)
{
	char next[SCRIPT_LINE];
	struct file file = {.user = (uid_t)raw_call(SYS_getuid), .group = (gid_t)raw_call(SYS_getgid)};
	if (!path || strlen(path) >= sizeof judgement->culprit)
		return;
	enum verdict verdict = judge_file(AT_FDCWD, path, 0, &file, next);
	if (verdict != VERDICT_STATIC && verdict != VERDICT_CLASS && verdict != VERDICT_MACHINE)
		return;
	strcpy(judgement->culprit, path);
	judgement->verdict = verdict;
}

struct judgement executable_judge(const struct program *program)
{
	struct judgement judgement = {.culprit = ""};
	struct file file = {.user = program->user, .group = program->group};
	char next[SCRIPT_LINE];
	int saved = errno;
	judgement.verdict = judge_file(program->folder, program->path, program->flags, &file, next);
	for (int i = 0; i < SCRIPTS_MAX && *next; i++) {
		memcpy(judgement.culprit, next, sizeof next);
		judgement.verdict = judge_file(AT_FDCWD, judgement.culprit, 0, &file, next);
	}
	if (judgement.verdict == VERDICT_COVERED && !*judgement.culprit && is_loader(&file))
		judge_loaded(&judgement, loaders_program(program->arguments));
	errno = saved;
	return judgement;
}

const char *verdict_text(enum verdict verdict)
{
	static const char *const texts[] = {
	    [VERDICT_COVERED] = "can be covered",
	    [VERDICT_KERNELS] = "cannot be executed",
	    [VERDICT_UNREADABLE] = "cannot be read, so it cannot be told whether the library would be loaded into it",
	    [VERDICT_STATIC] = "is statically linked, so no library can be preloaded into it",
	    [VERDICT_PRIVILEGED] = "is setuid or setgid, or executed so, and the loader would ignore the library",
	    [VERDICT_CAPABLE] = "has file capabilities, so the loader would ignore the library",
	    [VERDICT_CLASS] = "is a 32-bit program, but the library is a 64-bit one",
	    [VERDICT_MACHINE] = "is made for another machine than the library",
	    [VERDICT_LIBRARY] = "is linked against another C library than the library",
	};
	return texts[verdict];
}

static bool is_candidate(const char *path)
{
	struct stat status;
	return is_regular(AT_FDCWD, path, 0, &status) && may_execute(AT_FDCWD, path, 0);
}

bool executable_search(const char *name, char *found)
{
	const char *at = getenv("PATH");
	size_t length = strnlen(name, NAME_MAX + 1);
	if (length == 0 || length > NAME_MAX)
		return false;
	if (!at)
		at = "/bin:/usr/bin"; /* confstr(_CS_PATH) */
	for (;;) {
		size_t folder = strcspn(at, ":");
		if (folder + 1 + length < PATH_MAX) {
			memcpy(found, at, folder);
			found[folder] = '/';
			memcpy(found + folder + (folder != 0), name, length + 1);
			if (is_candidate(found))
				return true;
		}
		if (at[folder] == '\0')
			return false;
		at += folder + 1;
	}
}
