/* What the straight way of a datagram is made of: the compiler would rather have it once, and call it. */
#ifndef CORE_ALWAYS_INLINE_H
#define CORE_ALWAYS_INLINE_H

#define ALWAYS_INLINE static inline __attribute__((always_inline))

#endif
