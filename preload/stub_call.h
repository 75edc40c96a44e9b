/* Calls: streams that libc opens to a desk, after a truncated answer or because it is told to (use-vc). */
#ifndef PRELOAD_STUB_CALL_H
#define PRELOAD_STUB_CALL_H

#include <stddef.h>
#include <stdint.h>

enum { CALLS = 64 };

void stub_calls_take(int desk);
void stub_call_read(int number);
void stub_call_answer(int number, const uint8_t *bytes, size_t size);
int stub_call_descriptor(int call); /* or -1 */

void stub_calls_clear(void);
void stub_calls_forget(void); /* they are the parent's */
void stub_calls_moved(int fd, int moved);

#endif
