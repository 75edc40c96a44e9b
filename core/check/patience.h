/* Time, and waiting until a moment of it at the latest. */
#ifndef CORE_CHECK_PATIENCE_H
#define CORE_CHECK_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

uint64_t now_us(void); /* of a clock that only goes forward */

/* events as poll(2) has them. false: the moment has come first. */
bool await_events(int fd, short events, uint64_t until_us);

#endif
