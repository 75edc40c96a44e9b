#include "preload/elf_program.h"

#include <elf.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/raw.h"

enum {
	SEGMENTS_MAX = 65536, /* octets of them; the kernel refuses more */
	LOADER_NAME_SIZE = 256,
	NOTES_SIZE = 1024,
	NAMES_SIZE = 4096,
};

/* What there is to know of a file's headers, of either class. */
struct header {
	const struct machine *machine;
	unsigned type;
	uint64_t segments;
	unsigned segment_size;
	unsigned segment_count;
	uint64_t sections;
	unsigned section_size;
	unsigned section_count;
	unsigned section_names;
};

/* Of a segment or a section: where its content stands in the file. */
struct part {
	uint32_t type;
	uint64_t offset;
	uint64_t size;
};

static long read_some(int fd, void *bytes, size_t size, uint64_t offset)
{
	return raw_call(SYS_pread64, fd, bytes, size, RAW_OFFSET(offset));
}

static bool read_at(int fd, void *bytes, size_t size, uint64_t offset)
{
	return read_some(fd, bytes, size, offset) == (long)size;
}

#define HEADER_OF(file, of)                                                                                            \
	(struct header)                                                                                                \
	{                                                                                                              \
		.machine = of, .type = (file).e_type, .segments = (file).e_phoff, .segment_size = (file).e_phentsize,  \
		.segment_count = (file).e_phnum, .sections = (file).e_shoff, .section_size = (file).e_shentsize,       \
		.section_count = (file).e_shnum, .section_names = (file).e_shstrndx                                    \
	}

static bool is_wide(const struct header *header)
{
	return header->machine->class == ELFCLASS64;
}

/* Identification, type and machine stand at the same place in both classes. */
static enum verdict read_header(int fd, struct header *header)
{
	Elf64_Ehdr wide;
	Elf32_Ehdr narrow;
	long got = read_some(fd, &narrow, sizeof narrow, 0);
	if (got < 0)
		return VERDICT_UNREADABLE;
	if (got < (long)sizeof narrow)
		return VERDICT_NO_PROGRAM;
	const struct machine *machine = narrow.e_ident[EI_CLASS] == machine_own.class ? &machine_own : &machine_sibling;
	if (narrow.e_ident[EI_CLASS] != machine->class)
		return VERDICT_CLASS;
	*header = HEADER_OF(narrow, machine);
	if (is_wide(header)) {
		if (!read_at(fd, &wide, sizeof wide, 0))
			return VERDICT_NO_PROGRAM;
		*header = HEADER_OF(wide, machine);
	}
	return narrow.e_ident[EI_DATA] == ELFDATA2LSB && narrow.e_machine == machine->number ? VERDICT_COVERED
											     : VERDICT_MACHINE;
}

static enum verdict judge_header(const struct header *header)
{
	unsigned size = is_wide(header) ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
	if (header->type != ET_EXEC && header->type != ET_DYN)
		return VERDICT_NO_PROGRAM;
	if (header->segment_size != size || header->segment_count == 0 || header->segment_count > SEGMENTS_MAX / size)
		return VERDICT_NO_PROGRAM;
	return VERDICT_COVERED;
}

static bool read_segment(int fd, const struct header *header, unsigned index, struct part *segment)
{
	Elf64_Phdr wide;
	Elf32_Phdr narrow;
	uint64_t at = header->segments + (uint64_t)index * header->segment_size;
	if (is_wide(header)) {
		if (!read_at(fd, &wide, sizeof wide, at))
			return false;
		*segment = (struct part){wide.p_type, wide.p_offset, wide.p_filesz};
		return true;
	}
	if (!read_at(fd, &narrow, sizeof narrow, at))
		return false;
	*segment = (struct part){narrow.p_type, narrow.p_offset, narrow.p_filesz};
	return true;
}

static bool read_section(int fd, const struct header *header, unsigned index, struct part *section)
{
	Elf64_Shdr wide;
	Elf32_Shdr narrow;
	uint64_t at = header->sections + (uint64_t)index * header->section_size;
	if (index >= header->section_count || header->section_size != (is_wide(header) ? sizeof wide : sizeof narrow))
		return false;
	if (is_wide(header)) {
		if (!read_at(fd, &wide, sizeof wide, at))
			return false;
		*section = (struct part){wide.sh_type, wide.sh_offset, wide.sh_size};
		return true;
	}
	if (!read_at(fd, &narrow, sizeof narrow, at))
		return false;
	*section = (struct part){narrow.sh_type, narrow.sh_offset, narrow.sh_size};
	return true;
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

static enum verdict judge_loader(int fd, const struct part *segment, const char *loader)
{
	char name[LOADER_NAME_SIZE];
	if (segment->size < 2 || segment->size > PATH_MAX)
		return VERDICT_NO_PROGRAM;
	if (segment->size > sizeof name || !read_at(fd, name, segment->size, segment->offset))
		return VERDICT_LIBRARY;
	if (name[segment->size - 1] != '\0')
		return VERDICT_NO_PROGRAM;
	return strcmp(last_part(name), last_part(loader)) == 0 ? VERDICT_COVERED : VERDICT_LIBRARY;
}

/* Go's linker leaves a note of its own, name "Go" and type 4. */
static bool has_go_note(int fd, const struct part *segment)
{
	static const char note[] = "\4\0\0\0Go\0";
	char notes[NOTES_SIZE];
	size_t size = segment->size < sizeof notes ? (size_t)segment->size : sizeof notes;
	long got = read_some(fd, notes, size, segment->offset);
	return got > 0 && memmem(notes, (size_t)got, note, sizeof note);
}

/* The note may be left out on demand, as Debian does; this section is not. */
static bool has_go_section(int fd, const struct header *header)
{
	static const char section[] = ".go.buildinfo";
	char names[NAMES_SIZE];
	struct part table;
	if (!read_section(fd, header, header->section_names, &table))
		return false;
	size_t size = table.size < sizeof names ? (size_t)table.size : sizeof names;
	long got = read_some(fd, names, size, table.offset);
	return got > 0 && memmem(names, (size_t)got, section, sizeof section);
}

static enum verdict judge_segments(int fd, const struct header *header)
{
	struct part segment;
	enum verdict verdict = VERDICT_STATIC;
	bool go = false;
	for (unsigned i = 0; i < header->segment_count; i++) {
		if (!read_segment(fd, header, i, &segment))
			return VERDICT_NO_PROGRAM;
		if (segment.type == PT_INTERP && verdict == VERDICT_STATIC)
			verdict = judge_loader(fd, &segment, header->machine->loader);
		go = go || (segment.type == PT_NOTE && has_go_note(fd, &segment));
	}
	if (verdict == VERDICT_COVERED && (go || has_go_section(fd, header)))
		return VERDICT_GO;
	return verdict;
}

enum verdict elf_program_judge(int fd, const struct machine **machine)
{
	struct header header = {.machine = &machine_own};
	enum verdict verdict = read_header(fd, &header);
	if (verdict == VERDICT_COVERED)
		verdict = judge_header(&header);
	*machine = header.machine;
	return verdict == VERDICT_COVERED ? judge_segments(fd, &header) : verdict;
}
