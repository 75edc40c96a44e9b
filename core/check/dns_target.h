/* What is asked of a nameserver: its questions can be made longer by EDNS padding (RFC 7830). */
#ifndef CORE_CHECK_DNS_TARGET_H
#define CORE_CHECK_DNS_TARGET_H

#include "core/check/question.h"

enum {
	DNS_TARGET_LEAST = 17,  /* header, root, type and class */
	DNS_TARGET_MOST = 4096, /* nameservers take no more */
};

size_t dns_target_write(const struct question *question, uint8_t *out);
enum match dns_target_match(const struct question *question, const uint8_t *answer, size_t size);

#endif
