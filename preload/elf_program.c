#include "preload/elf_program.h"

#include <elf.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/raw.h"

enum {
	SEGMENTS_MAX = 65536 / sizeof(Elf64_Phdr), /* the kernel refuses more */
	LOADER_NAME_SIZE = 256,
	NOTES_SIZE = 1024,
	NAMES_SIZE = 4096,
};

#if defined(__x86_64__)
#define MACHINE EM_X86_64
#elif defined(__aarch64__)
#define MACHINE EM_AARCH64
#endif

static long read_some(int fd, void *bytes, size_t size, uint64_t offset)
{
	return raw_call(SYS_pread64, fd, bytes, size, (long)offset);
}

static bool read_at(int fd, void *bytes, size_t size, uint64_t offset)
{
	return read_some(fd, bytes, size, offset) == (long)size;
}

static enum verdict judge_header(const Elf64_Ehdr *header)
{
	if (header->e_ident[EI_CLASS] != ELFCLASS64)
		return VERDICT_CLASS;
	if (header->e_ident[EI_DATA] != ELFDATA2LSB || header->e_machine != MACHINE)
		return VERDICT_MACHINE;
	if (header->e_type != ET_EXEC && header->e_type != ET_DYN)
		return VERDICT_NO_PROGRAM;
	if (header->e_phentsize != sizeof(Elf64_Phdr) || header->e_phnum == 0 || header->e_phnum > SEGMENTS_MAX)
		return VERDICT_NO_PROGRAM;
	return VERDICT_COVERED;
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

static enum verdict judge_loader(int fd, const Elf64_Phdr *segment)
{
	char name[LOADER_NAME_SIZE];
	if (segment->p_filesz < 2 || segment->p_filesz > PATH_MAX)
		return VERDICT_NO_PROGRAM;
	if (segment->p_filesz > sizeof name || !read_at(fd, name, segment->p_filesz, segment->p_offset))
		return VERDICT_LIBRARY;
	if (name[segment->p_filesz - 1] != '\0')
		return VERDICT_NO_PROGRAM;
	return strcmp(last_part(name), last_part(LOADER)) == 0 ? VERDICT_COVERED : VERDICT_LIBRARY;
}

/* Go's linker leaves a note of its own, name "Go" and type 4. */
static bool has_go_note(int fd, const Elf64_Phdr *segment)
{
	static const char note[] = "\4\0\0\0Go\0";
	char notes[NOTES_SIZE];
	size_t size = segment->p_filesz < sizeof notes ? segment->p_filesz : sizeof notes;
	long got = read_some(fd, notes, size, segment->p_offset);
	return got > 0 && memmem(notes, (size_t)got, note, sizeof note);
}

/* The note may be left out on demand, as Debian does; this section is not. */
static bool has_go_section(int fd, const Elf64_Ehdr *header)
{
	static const char section[] = ".go.buildinfo";
	char names[NAMES_SIZE];
	Elf64_Shdr table;
	if (header->e_shentsize != sizeof table || header->e_shstrndx >= header->e_shnum ||
	    !read_at(fd, &table, sizeof table, header->e_shoff + header->e_shstrndx * sizeof table))
		return false;
	size_t size = table.sh_size < sizeof names ? table.sh_size : sizeof names;
	long got = read_some(fd, names, size, table.sh_offset);
	return got > 0 && memmem(names, (size_t)got, section, sizeof section);
}

static enum verdict judge_segments(int fd, const Elf64_Ehdr *header)
{
	Elf64_Phdr segment;
	enum verdict verdict = VERDICT_STATIC;
	bool go = false;
	for (unsigned i = 0; i < header->e_phnum; i++) {
		if (!read_at(fd, &segment, sizeof segment, header->e_phoff + i * sizeof segment))
			return VERDICT_NO_PROGRAM;
		if (segment.p_type == PT_INTERP && verdict == VERDICT_STATIC)
			verdict = judge_loader(fd, &segment);
		go = go || (segment.p_type == PT_NOTE && has_go_note(fd, &segment));
	}
	if (verdict == VERDICT_COVERED && (go || has_go_section(fd, header)))
		return VERDICT_GO;
	return verdict;
}

enum verdict elf_program_judge(int fd)
{
	Elf64_Ehdr header;
	long got = read_some(fd, &header, sizeof header, 0);
	if (got < 0)
		return VERDICT_UNREADABLE;
	if (got < (long)sizeof header)
		return VERDICT_NO_PROGRAM;
	enum verdict verdict = judge_header(&header);
	return verdict == VERDICT_COVERED ? judge_segments(fd, &header) : verdict;
}
