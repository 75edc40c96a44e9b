/* Runs a fuzz target over the files of its corpus, and over every beginning of each. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "tests/fuzz/fuzz_target.h"

#define SEED_SIZE_MAX 65536

/* A copy of its own size, so that a sanitizer sees every octet read past the end. */
static int run(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		return -1;
	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
	return 0;
}

static int replay(const char *directory, const char *name)
{
	static uint8_t seed[SEED_SIZE_MAX];
	char path[4096];
	FILE *file;
	size_t size;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "rb");
	if (!file)
		return -1;
	size = fread(seed, 1, sizeof(seed), file);
	fclose(file);
	for (size_t length = 0; length <= size; length++)
		if (run(seed, length) != 0)
			return -1;
	return 0;
}

int main(int argc, char **argv)
{
	DIR *directory = argc == 2 ? opendir(argv[1]) : NULL;
	struct dirent *entry;
	int count = 0;

	if (!directory) {
		fprintf(stderr, "usage: %s CORPUS\n", argv[0]);
		return 2;
	}
	while ((entry = readdir(directory))) {
		if (entry->d_name[0] == '.')
			continue;
		if (replay(argv[1], entry->d_name) != 0) {
			perror(entry->d_name);
			closedir(directory);
			return 1;
		}
		count++;
	}
	closedir(directory);
	printf("%d seeds\n", count);
	return count > 0 ? 0 : 1;
}
