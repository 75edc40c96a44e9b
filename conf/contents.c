#include "conf/contents.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error_text.h"

static int check_kind(int fd, size_t *size)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return errno;
	if (!S_ISREG(status.st_mode))
		return EINVAL;
	if (status.st_size > CONTENTS_SIZE_MAX)
		return EFBIG;
	*size = (size_t)status.st_size;
	return 0;
}

/* A file that shrinks meanwhile ends early; one that grows is cut at the size it had. */
static int read_all(int fd, char *text, size_t *size)
{
	size_t used = 0;

	while (used < *size) {
		ssize_t got = read(fd, text + used, *size - used);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return errno;
		if (got == 0)
			break;
		used += (size_t)got;
	}
	text[used] = '\0';
	*size = used;
	return 0;
}

static int read_descriptor(int fd, struct contents *contents)
{
	struct contents found = {NULL, 0};
	int error = check_kind(fd, &found.size);

	if (error)
		return error;
	found.text = malloc(found.size + 1);
	if (!found.text)
		return ENOMEM;
	error = read_all(fd, found.text, &found.size);
	if (error)
		contents_free(&found);
	else
		*contents = found;
	return error;
}

int contents_read(struct contents *contents, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int error;

	if (fd < 0)
		return errno;
	error = read_descriptor(fd, contents);
	close(fd);
	return error;
}

void contents_free(struct contents *contents)
{
	if (contents->text)
		explicit_bzero(contents->text, contents->size);
	free(contents->text);
	contents->text = NULL;
	contents->size = 0;
}

const char *contents_error_text(int error)
{
	if (error == EINVAL)
		return "not a regular file";
	if (error == EFBIG)
		return "a file of more than 16 MiB";
	return error_text(error);
}
