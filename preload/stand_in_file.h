/* The file in memory that holds this user's table of stand-ins, so that an address which one process has looked up
 * means the same to others: /run/user/UID/socks5udp-names.1, else /dev/shm/socks5udp-names.1-UID. The number is that of
 * the table's layout.
 *
 * Who has mapped it has it locked, and so have the children that it forks. The process that ends last takes the file
 * away; but not from under a parent that the library is in as well, as a shell is: what that runs next may be given an
 * address that is known here. */
#ifndef PRELOAD_STAND_IN_FILE_H
#define PRELOAD_STAND_IN_FILE_H

#include <stddef.h>

/* NULL: there can be none. */
void *stand_in_file_map(size_t size);

/* The process ends. pages: what it has mapped, of the file or not; NULL: nothing. Who has mapped nothing and has waited
 * for no child has kept nobody from taking it away. */
void stand_in_file_leave(void *pages, size_t size);

#endif
