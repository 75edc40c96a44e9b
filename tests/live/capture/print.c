/* usage: capture_print FILE: the lines of reader.h, on standard output; status 1 and a line if it is malformed. */
#include "tests/live/capture/reader.h"

int main(int argc, char **argv)
{
	FILE *capture = argc == 2 ? fopen(argv[1], "re") : NULL;
	const char *wrong = capture ? reader_print(capture, stdout) : "no file";
	if (capture)
		fclose(capture);
	if (!wrong)
		return 0;
	fprintf(stderr, "capture_print: %s\n", wrong);
	return 1;
}
