/* What the straight way of a datagram is made of, and the functions that it is put into. */
#ifndef CORE_INLINING_H
#define CORE_INLINING_H

/* The compiler would rather have it once, and call it. */
#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* A function that sends so begins with a line of the instruction cache. Where thousands of sockets take turns, each
 * send waits for the memory of its own; what the processor does meanwhile depends on how the code lies, by a tenth of
 * it. */
#define LINE_ALIGNED __attribute__((aligned(64)))

#endif
