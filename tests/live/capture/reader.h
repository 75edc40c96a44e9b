/* A reader of captures: takes nothing for granted that the format, or an IP header, demands. */
#ifndef LIVE_CAPTURE_READER_H
#define LIVE_CAPTURE_READER_H

#include <stdbool.h>
#include <stdio.h>

/* A line a packet, "out FROM TO PAYLOAD" or "in FROM TO PAYLOAD", with "/SIZE" where the payload was longer, and a line
 * "# COMMENT" before it for each comment; "? SEEN MISSING" for statistics. The payload is hexadecimal, "-" if empty.
 * NULL: it is well formed; else what is wrong. */
const char *reader_print(FILE *capture, FILE *lines);

#endif
