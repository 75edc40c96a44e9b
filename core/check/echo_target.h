/* What is sent to a peer that sends it back (RFC 862): octets that tell where they belong and whether they are whole.
 */
#ifndef CORE_CHECK_ECHO_TARGET_H
#define CORE_CHECK_ECHO_TARGET_H

#include "core/check/question.h"

enum { ECHO_TARGET_LEAST = 20 };

size_t echo_target_write(const struct question *question, uint8_t *out);
enum match echo_target_match(const struct question *question, const uint8_t *answer, size_t size);

#endif
